"""Closing so that what was said last is heard.

A socket that is closed with bytes unread resets the connection, and its peer, or a proxy, may then
never see the answer: RFC 9112, 9.6. So our side of it is closed first, and what still comes is
thrown away for a while.
"""

import asyncio
from typing import Any

LINGER_BYTES = 1024 * 1024
LINGER_SECONDS = 2.0


class Lingering:
    """A transport whose `close` says goodbye and waits for the peer to do the same.

    Args:
        transport: The connection's own, with an open end to write to.
        loop: The loop that it belongs to.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._closing = False
        self._peer_has_ended = False
        self._left = LINGER_BYTES
        self.write = transport.write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether nothing more is said on this connection."""
        return self._closing or self._transport.is_closing()

    def close(self) -> None:
        """Send what was written and the end; the rest is up to the peer, within a bound."""
        if self.is_closing():
            return
        self._closing = True
        if self._peer_has_ended:
            self._transport.close()
            return
        self._transport.write_eof()
        self._transport.resume_reading()
        self._loop.call_later(LINGER_SECONDS, self._transport.close)

    def peer_ended(self) -> None:
        """The peer says no more: there is nothing to wait for behind our last word."""
        self._peer_has_ended = True

    def close_at_once(self) -> None:
        """End, where nothing was said that somebody may still be reading."""
        self._closing = True
        self._transport.close()

    def throw_away(self, data: bytes) -> None:
        """Take `data`, which nobody reads any more; too much of it ends the connection."""
        self._left -= len(data)
        if self._left < 0:
            self._transport.abort()
