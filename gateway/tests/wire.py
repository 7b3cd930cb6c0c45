"""A wire to the broker that can fall silent or be cut."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit, urlunsplit


class Wire:
    """Carries bytes between whoever connects and a server, until it is told otherwise."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname, parts.port)
        self._flows = threading.Event()
        self._flows.set()
        self._ends: list[socket.socket] = []
        self.last_answer = b""
        """What the server sent last."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        host = f"{parts.username}:{parts.password}@127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = urlunsplit(parts._replace(netloc=host))
        threading.Thread(target=self._accept, daemon=True).start()

    def freeze(self) -> None:
        """Carry nothing more, and close nothing: both ends wait for the other."""
        self._flows.clear()

    @property
    def in_use(self) -> bool:
        """Whether somebody has connected."""
        return bool(self._ends)

    def thaw(self) -> None:
        self._flows.set()

    def cut(self) -> None:
        """Close every connection; new ones are carried."""
        ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self._listener.close()
        self.thaw()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._server)
                self._ends += [near, far]
                for way in ((near, far, False), (far, near, True)):
                    threading.Thread(target=self._carry, args=way, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if answers:
                    self.last_answer = data
                self._flows.wait()
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
