"""The connection of one stream: written to whenever there is something to say, by whoever says it.

An answer that is sent by a task of its own would wake a thousand tasks for a thousand heartbeats.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.types import Message, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.streams.text import HEARTBEAT

CONNECTION = "sakina.connection"
"""Where a request's scope says which connection it came by: the protocol, and its cycle."""

PROBE_SECONDS = 1.0
"""After which a reader who says no more is asked a second time whether they are there."""

HURRY_SECONDS = 2.0
"""How long a reader has for what was written before, where the server ends."""


class Wire:
    """What is written to one reader.

    Args:
        protocol: The connection, which tells its wire that it was lost, or is to end.
        cycle: The request's, whose answer this is.

    Attributes:
        is_open: Whether the head of the answer is written, so that anything may follow it.
        on_lost: Called when the reader has gone.
        on_leave: Called when the server is about to end.
    """

    __slots__ = (
        "_chunked",
        "_cycle",
        "_end",
        "_half_closed",
        "_probe",
        "_protocol",
        "is_open",
        "is_over",
        "on_leave",
        "on_lost",
    )

    def __init__(self, protocol: Any, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._chunked = cycle.scope["http_version"] != "1.0"
        self._end: asyncio.TimerHandle | None = None
        self._probe: asyncio.TimerHandle | None = None
        self._half_closed: bool = protocol.has_ended
        self.is_open = False
        self.is_over = cycle.disconnected
        self.on_lost: Callable[[], None] = _nothing
        self.on_leave: Callable[[], None] = _nothing
        self._protocol = protocol
        protocol.wire = self

    async def open(self, head: Message, send: Send) -> None:
        """Send the `head` of the answer; only then is anything else written."""
        if not self._chunked:
            # Who speaks HTTP/1.0 reads until the connection ends (RFC 9112, 6.3).
            self._cycle.chunked_encoding = False
        await send(head)
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        self.is_open = True
        if self._half_closed:
            self._ask_whether_gone()

    def leave(self) -> None:
        """Leave the connection to an answer that is no stream."""
        self._protocol.wire = None

    @property
    def waiting(self) -> int:
        """Bytes that were written and that the network has not taken yet."""
        size: int = self._cycle.transport.get_write_buffer_size()
        return size

    def write(self, text: bytes) -> None:
        """Write `text` now, whether or not the reader keeps up; nothing after the end."""
        if self.is_open and not self.is_over:
            self._cycle.transport.write(self._framed(text))

    async def drained(self, seconds: float) -> bool:
        """Wait until the network has taken most of what was written; say whether it did in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._cycle.flow.drain()
        except TimeoutError:
            return False
        return True

    def close(self, text: bytes, seconds: float) -> None:
        """Write `text` as the last thing, and end; who has not read it in `seconds` is cut off."""
        if self.is_over or not self.is_open:
            return
        self.is_over = True
        cycle = self._cycle
        cycle.transport.write(self._framed(text) + (b"0\r\n\r\n" if self._chunked else b""))
        cycle.response_complete, cycle.keep_alive = True, False
        cycle.message_event.set()
        cycle.transport.close()
        cycle.on_response()
        self._cut_in(seconds)

    def hurry(self) -> None:
        """The server is about to end: let the stream end, or what is left of one that did."""
        if self.is_over:
            self._cut_in(HURRY_SECONDS)
        else:
            self.on_leave()

    def half_closed(self) -> None:
        """The reader says no more: they have gone, or read on.

        What is written to who has gone is answered by a reset, which only the next writing meets:
        so something is said now and once more a little later. Who is not gone by then reads on, and
        hears what every reader does.
        """
        self._half_closed = True
        if self.is_open:
            self._ask_whether_gone()

    def _ask_whether_gone(self) -> None:
        self.write(HEARTBEAT)
        loop = asyncio.get_running_loop()
        self._probe = loop.call_later(PROBE_SECONDS, self.write, HEARTBEAT)

    def lost(self) -> None:
        """The connection has gone."""
        for timer in (self._end, self._probe):
            if timer is not None:
                timer.cancel()
        self.is_over = True
        self.on_lost()

    def _cut_in(self, seconds: float) -> None:
        if self._end is not None:
            self._end.cancel()
        loop = asyncio.get_running_loop()
        self._end = loop.call_later(seconds, self._cycle.transport.abort)

    def _framed(self, text: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(text), text) if self._chunked else text


def _nothing() -> None:
    """Nobody waits for it."""
