"""HTTP as bytes, for what no client library lets one send."""

import socket
from dataclasses import dataclass

from conftest import Gateway


@dataclass(frozen=True)
class Said:
    """One answer. Names of headers are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class Line:
    """A connection to `gateway` on which anything can be sent."""

    def __init__(self, gateway: Gateway) -> None:
        port = int(gateway.url.rpartition(":")[2])
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        # A packet for each `send`, as a slow client's.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self._socket.makefile("rb")

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def hear(self, *, to: str = "GET") -> Said:
        """Read the next answer; one to HEAD has no body whatever its headers say."""
        status = int(self._stream.readline().split()[1])
        headers = {}
        while line := self._stream.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        has_body = to != "HEAD" and status not in (100, 204, 304)
        body = self._stream.read(int(headers["content-length"])) if has_body else b""
        return Said(status, headers, body)

    def say_no_more(self) -> None:
        """End the sending side alone, as `nc -N` does behind its input."""
        self._socket.shutdown(socket.SHUT_WR)

    def hang_up(self) -> None:
        """End the connection, whatever is on its way."""
        self._socket.shutdown(socket.SHUT_RDWR)

    def begun(self) -> dict[str, str]:
        """Read the head of an answer that goes on; return its headers."""
        assert self._stream.readline().split()[1] == b"200"
        headers = {}
        while line := self._stream.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return headers

    def until(self, end: bytes) -> bytes:
        """Read up to `end`."""
        said = b""
        while not said.endswith(end):
            said += (byte := self._stream.read(1))
            assert byte, f"it ended behind {said!r}"
        return said

    def is_over(self) -> bool:
        """Whether the other side has ended; waits for it to do so or to say something."""
        return self._stream.read(1) == b""


def head(start: str, *headers: str, host: str | None = "Host: sakina.example") -> bytes:
    """Return the head of a request that begins with `start`."""
    lines = [f"{start} HTTP/1.1", *([] if host is None else [host]), *headers]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")
