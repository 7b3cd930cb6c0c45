"""pika's connection on the event loop's own transport.

pika's asyncio adapter watches the socket itself and sends each frame by a system call of its own:
three for a message. Its I/O interface allows for another transport: here the loop's, behind a
gate that gathers what is written in one turn of the loop.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Any

from pika.adapters.asyncio_connection import _AsyncioIOServicesAdapter


class LoopServices(_AsyncioIOServicesAdapter):
    """What pika needs of an event loop, on the transports of that loop."""

    def create_streaming_connection(
        self,
        protocol_factory: Callable[[], Any],
        sock: socket.socket,
        on_done: Callable[[Any], None],
        ssl_context: ssl.SSLContext | None = None,
        server_hostname: str | None = None,
    ) -> Any:
        """Make a transport of the connected `sock`, and tell `on_done` of it or of the failure."""

        def protocol() -> Any:
            made = protocol_factory()
            begin = made.connection_made
            made.connection_made = lambda transport: begin(_Gathering(transport, self._loop))
            # pika has no flow control of its own; the cap on calls in flight bounds its buffer.
            made.pause_writing = made.resume_writing = _nothing
            return made

        connecting = self._loop.create_connection(
            protocol, sock=sock, ssl=ssl_context, server_hostname=server_hostname
        )
        return self._schedule_and_wrap_in_io_ref(connecting, on_done)


class _Gathering:
    """A transport that writes once a turn of the loop."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write `data` at the end of this turn, with whatever else is written in it."""
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)

    def abort(self) -> None:
        """Close without sending what waits."""
        self._written.clear()
        self._transport.abort()

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return the protocol of the transport."""
        return self._transport.get_protocol()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait to be sent."""
        return sum(map(len, self._written)) + self._transport.get_write_buffer_size()

    def _send(self) -> None:
        if self._written:
            self._transport.write(b"".join(self._written))
            self._written.clear()


def _nothing() -> None:
    """Neither pause nor resume."""
