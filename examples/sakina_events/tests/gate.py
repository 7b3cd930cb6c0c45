"""A port that leads to a broker once it is opened."""

import contextlib
import socket
import threading
from collections.abc import Iterator


def closed_port() -> int:
    """Return a port of 127.0.0.1 where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextlib.contextmanager
def opened(port: int, host: str, to: int) -> Iterator[None]:
    """Have connections to `port` lead to `host` and `to`."""
    with socket.create_server(("127.0.0.1", port)) as server:
        threading.Thread(target=_serve, args=(server, (host, to)), daemon=True).start()
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket, broker: tuple[str, int]) -> None:
    with contextlib.suppress(OSError):
        while True:
            here, _ = server.accept()
            there = socket.create_connection(broker)
            for ends in ((here, there), (there, here)):
                threading.Thread(target=_pass_on, args=ends, daemon=True).start()


def _pass_on(source: socket.socket, goal: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while said := source.recv(65536):
            goal.sendall(said)
    with contextlib.suppress(OSError):
        goal.shutdown(socket.SHUT_RDWR)
