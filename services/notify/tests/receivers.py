"""Endpoints to which webhooks are sent, good ones and bad ones, on this machine."""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message

import eventlet

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answer = Callable[[socket.socket], None]


@dataclass
class Request:
    """One request as it came."""

    line: str
    headers: Message
    body: bytes
    peer: str

    @property
    def signed(self) -> dict[str, str]:
        """Its headers by their names, as a library of Standard Webhooks wants them."""
        return dict(self.headers.items())


@dataclass
class Receiver:
    """An endpoint; `answer` says what it does once a request has come, and may be replaced."""

    url: str
    answer: Answer
    requests: list[Request] = field(default_factory=list)
    open: int = 0
    most_open: int = 0


def says(answer: bytes) -> Answer:
    """Answer so, whatever is asked."""
    return lambda connected: connected.sendall(answer)


def status(code: int, *headers: str) -> Answer:
    """Answer with a status and nothing else."""
    lines = [f"HTTP/1.1 {code} Whatever", *headers, "Content-Length: 0", "", ""]
    return says("\r\n".join(lines).encode())


def silent(connected: socket.socket) -> None:
    """Take the request, and never say anything, until the other side has enough."""
    while connected.recv(1024):
        pass


@contextmanager
def receiver(
    answer: Answer | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    named: str = "",
    tls: ssl.SSLContext | None = None,
) -> Iterator[Receiver]:
    """Run an endpoint for the length of the block, on a free port where none is said."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = eventlet.listen((host, port), family=family, backlog=500)
    port = listening.getsockname()[1]
    scheme = "https" if tls else "http"
    shown = named or (f"[{host}]" if ":" in host else host)
    endpoint = Receiver(f"{scheme}://{shown}:{port}/hooks?a=b", answer or says(OK))
    greenlets = [eventlet.spawn(_accept, listening, endpoint, tls)]
    try:
        yield endpoint
    finally:
        for greenlet in greenlets:
            greenlet.kill()
        listening.close()


def _accept(listening: socket.socket, endpoint: Receiver, tls: ssl.SSLContext | None) -> None:
    while True:
        connected, peer = listening.accept()
        eventlet.spawn_n(_serve, connected, str(peer[0]), endpoint, tls)


def _serve(
    connected: socket.socket, peer: str, endpoint: Receiver, tls: ssl.SSLContext | None
) -> None:
    endpoint.open += 1
    endpoint.most_open = max(endpoint.most_open, endpoint.open)
    try:
        if tls is not None:
            connected = tls.wrap_socket(connected, server_side=True)
        endpoint.requests.append(_request(connected, peer))
        endpoint.answer(connected)
    except OSError:
        pass  # the other side had enough
    finally:
        endpoint.open -= 1
        connected.close()


def _request(connected: socket.socket, peer: str) -> Request:
    reading = connected.makefile("rb")
    line = reading.readline().decode("latin-1").rstrip()
    headers = http.client.parse_headers(reading)
    body = reading.read(int(headers["Content-Length"] or 0))
    return Request(line, headers, body, peer)
