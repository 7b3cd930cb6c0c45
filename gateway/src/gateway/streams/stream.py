"""One open stream: whose it is, what they chose, and where it is in the record."""

import asyncio
import time
from collections.abc import Callable, Sequence

from gateway.cursors import cursor
from gateway.streams.endings import TOKEN_EXPIRED, TOO_SLOW, Ending
from gateway.streams.following import Following, Placed
from gateway.streams.past import Page
from gateway.streams.text import HEARTBEAT, placed
from gateway.streams.wire import Wire
from gateway.tokens import Identity

MOST_UNREAD = 64 * 1024
"""Bytes that wait for one reader, beyond what the network's own buffers hold, some 100 events."""


class Stream:
    """What happens, told to one reader.

    Args:
        identity: Whose it is.
        types: The wire names of events that they chose; None for all.
        wire: Their connection.
        on_end: Called once, when it has ended, with the ending; with None where the reader left.

    Attributes:
        ended: Done when it has ended.
        following: Where it is.
    """

    __slots__ = ("_expiry", "_on_end", "_owed", "ended", "following", "identity", "types", "wire")

    def __init__(
        self,
        identity: Identity,
        types: frozenset[str] | None,
        wire: Wire,
        following: Following,
        on_end: Callable[["Stream", Ending | None], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        self.identity = identity
        self.types = types
        self.wire = wire
        self.following = following
        self.ended: asyncio.Future[None] = loop.create_future()
        self._on_end = on_end
        left = identity.expires_at - time.time()
        self._expiry = loop.call_later(max(0.0, left), self.end, TOKEN_EXPIRED)
        # What the reader has not read of the last page, which does not make them slow.
        self._owed = 0
        wire.on_lost = self._lost

    @property
    def place(self) -> str:
        """The cursor of where it is."""
        return cursor(self.following.position, self.identity.user)

    def hear(self, events: Sequence[Placed], recorded: int) -> None:
        """Tell the reader what concerns them of what was recorded up to `recorded`.

        Ends where they have not read what was said before.
        """
        if fresh := self.following.heard(events, recorded):
            self.say(fresh)
            unread = self.wire.waiting
            if unread > MOST_UNREAD + self._owed:
                self.end(TOO_SLOW)
            elif unread <= MOST_UNREAD:
                self._owed = 0

    def read(self, page: Page) -> None:
        """Tell the reader a page of the past, which is not theirs to have read yet."""
        self.say(self.following.read(page.events, page.upto, more=page.more))
        self._owed = self.wire.waiting

    def say(self, events: Sequence[Placed]) -> None:
        """Write `events`."""
        if events:
            me = self.identity.user
            self.wire.write(b"".join([placed(cursor(at, me), text) for at, text in events]))

    def beat(self) -> None:
        """Show the reader, and whatever is between, that the connection is alive."""
        self.wire.write(HEARTBEAT)

    def end(self, ending: Ending) -> None:
        """End, and tell the reader why."""
        if not self.ended.done():
            self.wire.close(ending.text(), ending.seconds)
            self._over(ending)

    def cancel(self) -> None:
        """Be as if it had never been opened: the request is answered otherwise."""
        self.wire.leave()
        self._lost()

    def _lost(self) -> None:
        if not self.ended.done():
            self._over(None)

    def _over(self, ending: Ending | None) -> None:
        self._expiry.cancel()
        self.ended.set_result(None)
        self._on_end(self, ending)
