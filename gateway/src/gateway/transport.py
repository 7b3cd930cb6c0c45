"""pika's connection on the event loop's own transport.

pika's asyncio adapter watches the socket itself: three system calls to send a message, and two
turns of the loop for each read. Its I/O interface allows for the loop's transport instead, which
gathers what is written in one turn; a call through the gateway costs a quarter less so.
"""

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
            # pika has no flow control of its own; the cap on calls in flight bounds its buffer.
            made.pause_writing = made.resume_writing = _nothing
            return made

        connecting = self._loop.create_connection(
            protocol, sock=sock, ssl=ssl_context, server_hostname=server_hostname
        )
        return self._schedule_and_wrap_in_io_ref(connecting, on_done)


def _nothing() -> None:
    """Neither pause nor resume."""
