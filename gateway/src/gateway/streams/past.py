"""What was recorded before, asked of notify in the name of one reader."""

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson

from contracts.fields import LARGEST_ID
from contracts.notify import methods as notify
from gateway.crowd import Full
from gateway.rpc import Rpc
from gateway.streams.following import Placed
from gateway.streams.text import happened
from gateway.tokens import Identity

ROWS = 100
AT_ONCE = 32
"""Pages that all streams ask for at once. After a roll all readers come back: without a bound they
would take the room of every other request to notify."""
ROOM_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the past.

    Attributes:
        events: What concerns the reader, in its order.
        upto: The place up to which nothing is left out.
        more: Whether there is more already.
        recorded: The last place that was recorded when this was asked.
    """

    events: list[Placed]
    upto: int
    more: bool
    recorded: int


class Past:
    """Reads the record.

    Args:
        rpc: Asks notify.
    """

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._room = asyncio.Semaphore(AT_ONCE)

    async def page(
        self, identity: Identity, after: int | None, types: frozenset[str] | None
    ) -> Page:
        """Return what `identity` may see of what was recorded after a place.

        Args:
            identity: In whose name it is asked.
            after: The place; None for that of now, after which there is nothing yet.
            types: The wire names of events that are asked for; None for all.

        Raises Refusal as notify or the way to it does; Full where too many ask at once.
        """
        asked: dict[str, Any] = {"types": None if types is None else sorted(types)}
        asked |= {"before": LARGEST_ID, "limit": 1} if after is None else {"after": after}
        body = notify.ListActivity.model_construct(**{"limit": ROWS, **asked})
        try:
            async with asyncio.timeout(ROOM_SECONDS):
                await self._room.acquire()
        except TimeoutError:
            raise Full(
                "Too many open a stream at once. Try again soon.",
                reason="past_full",
                retry_after=2,
            ) from None
        try:
            answer = await self._rpc.call(notify.ACTIVITY, body, actor=identity.wire)
        finally:
            self._room.release()
        return _page(orjson.loads(answer), is_now=after is None)


def _page(found: dict[str, Any], *, is_now: bool) -> Page:
    recorded: int = found["recorded"]
    if is_now:
        return Page([], recorded, more=False, recorded=recorded)
    events = [Placed(each["position"], happened(each["event"])) for each in found["events"]]
    return Page(events, found["next"], found["more"], recorded)
