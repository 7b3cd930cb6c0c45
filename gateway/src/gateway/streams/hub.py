"""All streams of this gateway, by whose they are."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from itertools import cycle
from typing import Any, NamedTuple

from prometheus_client import Counter, Gauge

from contracts.refusals import TooMany
from gateway.crowd import Full
from gateway.streams.endings import FAILED, RESTARTING, SESSION_ENDED, Ending
from gateway.streams.following import Following, Placed
from gateway.streams.stream import Stream
from gateway.streams.text import happened
from gateway.streams.wire import Wire
from gateway.tokens import Identity

log = logging.getLogger(__name__)

BEAT_SECONDS = 15
"""How often each stream says something, at least."""

OPEN = Gauge("sakina_gateway_streams", "Streams that are open.")
ENDED = Counter("sakina_gateway_streams_ended_total", "Streams that ended, by why.", ["reason"])
TOLD = Counter("sakina_gateway_stream_events_total", "Events told to streams, by each as one.")


class Shared(NamedTuple):
    """An event of the record, and who may see it."""

    position: int
    event: dict[str, Any]
    audience: Collection[int]


class Hub:
    """The streams, and what they are told.

    Args:
        most: How many there may be.
        most_each: Of these, of one person.
        has_ended: Says whether the session of an identity has ended.
    """

    def __init__(self, most: int, most_each: int, has_ended: Callable[[Identity], bool]) -> None:
        self._most = most
        self._most_each = most_each
        self._has_ended = has_ended
        self._of: defaultdict[int, set[Stream]] = defaultdict(set)
        self._count = 0
        # Heartbeats are spread over their interval: a share of the streams with each second.
        self._shares: list[set[Stream]] = [set() for _ in range(BEAT_SECONDS)]
        self._next_share = cycle(self._shares)
        self._is_leaving = False
        self.position: int | None = None
        """The place up to which the streams were told; None where nobody listens, or yet."""

    def __len__(self) -> int:
        return self._count

    def open(self, identity: Identity, types: frozenset[str] | None, wire: Wire) -> Stream:
        """Return a new stream of `identity`, which hears what is recorded from now on.

        Raises:
            TooMany: The person has as many as one may have.
            Full: There are as many as this gateway takes, or it is about to end.
        """
        theirs = self._of.get(identity.user, ())
        if len(theirs) >= self._most_each:
            raise TooMany(
                f"You have {self._most_each} streams open. Close one of them first.", retry_after=5
            )
        if self._count >= self._most or self._is_leaving:
            raise Full(
                "There is no room for another stream. Try again soon.",
                reason="streams_full",
                retry_after=5,
            )
        following = Following(self.position)
        stream = Stream(identity, types, wire, following, self._ended)
        wire.on_leave = lambda: self._leave(stream)
        self._of[identity.user].add(stream)
        min(self._shares, key=len).add(stream)
        self._count += 1
        OPEN.inc()
        return stream

    def begin(self, recorded: int) -> None:
        """Know that everything up to `recorded` is past: what comes after it is told to all."""
        self.position = recorded
        for stream in self._all():
            stream.following.begin(recorded)

    def tell(self, events: Iterable[Shared], recorded: int) -> None:
        """Tell each of `events` to those whom it concerns; they are what follows `position`.

        Args:
            events: In the order of the record.
            recorded: The place that they go up to.
        """
        told: defaultdict[Stream, list[Placed]] = defaultdict(list)
        for position, event, audience in events:
            text: bytes | None = None
            for person in audience:
                for stream in self._of.get(person, ()):
                    if stream.types is None or event["type"] in stream.types:
                        text = text or happened(event)
                        told[stream].append(Placed(position, text))
        self.position = recorded
        for stream, theirs in told.items():
            TOLD.inc(len(theirs))
            stream.hear(theirs, recorded)

    def session_ended(self, person: int) -> None:
        """End those streams of a person whose session has ended."""
        for stream in list(self._of.get(person, ())):
            if self._has_ended(stream.identity):
                stream.end(SESSION_ENDED)

    def begin_anew(self) -> None:
        """End all streams: the record is not the one that they follow, as after a restore.

        It ends before the place where they are: they would wait for what was told long ago.
        """
        log.error("the record of activity is another one, streams begin anew")
        for stream in self._all():
            stream.end(FAILED)

    async def beat(self) -> None:
        """Keep the connections alive until it is cancelled: one timer for all of them."""
        while True:
            share = next(self._next_share)
            for stream in list(share):
                stream.beat()
            await asyncio.sleep(1)

    def _leave(self, stream: Stream) -> None:
        self._is_leaving = True
        stream.end(RESTARTING)

    def _ended(self, stream: Stream, ending: Ending | None) -> None:
        theirs = self._of[stream.identity.user]
        theirs.discard(stream)
        if not theirs:
            del self._of[stream.identity.user]
        for share in self._shares:
            share.discard(stream)
        self._count -= 1
        if not self._count:
            self.position = None
        OPEN.dec()
        ENDED.labels("left" if ending is None else ending.reason).inc()

    def _all(self) -> list[Stream]:
        return [stream for theirs in self._of.values() for stream in theirs]
