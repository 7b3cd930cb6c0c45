"""A stream, read from a place onwards over as many connections as it takes."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from sakina_events.absence import Absence
from sakina_events.links import Delivery, Link, Lost, NoQueue, Refused
from sakina_events.since import Since, checked
from sakina_events.store import Place
from sakina_events.urls import name_in

log = logging.getLogger(__name__)

PREFETCH = 200
_BEYOND_SECONDS = 10.0


class BegunAnew(Lost):
    """A connection was left so that the next one reads from the first event."""


class Stream:
    """Reads a consumer's stream, in order, whatever becomes of the connection.

    After the first event it goes on from its place: it asks for the event that took effect last,
    and begins behind it. Where that is another one, or does not come, the broker was made anew,
    and everything that it holds is read.

    Args:
        url: The consumer's.
        since: Where to begin without a place.
        place: Returns the place, or None.
        apply: Called with all that has come, one or more and in order; returns once they have
            taken effect. What it raises ends `read`.

    Raises:
        ValueError: `url` is none, or `since` is no place to begin at.
    """

    def __init__(
        self,
        url: str,
        since: Since,
        place: Callable[[], Place | None],
        apply: Callable[[Sequence[Delivery]], None],
    ) -> None:
        self._url = url
        self._since: Since = checked(since)
        self._place = place
        self._apply = apply
        self._name = name_in(url)
        self._queues = [f"activity.{self._name}", "activity"]
        self._absence = Absence()
        self._expected: Place | None = None
        self._waiting: list[Delivery] = []
        self._anew = False
        self._link: Link

    def read(self) -> NoReturn:
        """Read until somebody interrupts, or `apply` raises.

        Raises:
            Refused: The broker does not let this consumer in, or it has no stream.
        """
        while True:
            try:
                self._connect().run()
            except NoQueue as missing:
                if len(self._queues) == 1:
                    raise self._not_let_in() from missing
                del self._queues[0]  # a consumer of everything reads the stream of everything
            except BegunAnew:
                continue
            except Lost as loss:
                self._absence.wait(loss)

    def _not_let_in(self) -> Refused:
        return Refused(
            f"the consumer {self._name!r} is not let in to a stream: there is no "
            f"'activity.{self._name}' for it, nor may it read 'activity'. It was removed, or was "
            "never added."
        )

    def _connect(self) -> Link:
        self._waiting = []
        self._expected = None if self._anew else self._place()
        start: Any = "first" if self._anew else self._since
        if self._expected is not None:
            start = self._expected.offset
        self._link = Link(
            self._url,
            self._queues[0],
            self._receive,
            prefetch=PREFETCH,
            arguments={"x-stream-offset": start},
            on_consuming=self._consuming,
        )
        return self._link

    def _receive(self, delivery: Delivery) -> None:
        if self._expected is not None and not self._found(delivery, self._expected):
            return
        if not self._waiting:
            self._link.soon(self._flush)
        self._waiting.append(delivery)

    def _found(self, delivery: Delivery, expected: Place) -> bool:
        """Return whether `delivery` is news, and that the place was found by it."""
        if delivery.offset == expected.offset:
            if delivery.event_id != expected.event_id:
                self._begin_anew("holds another event at the place")
            else:
                self._expected = None
                self._link.acknowledge(delivery)
            return False
        lost = delivery.offset - expected.offset - 1
        log.warning("%d messages were dropped by the stream before they were read", lost)
        self._expected = None
        return True

    def _flush(self) -> None:
        batch, self._waiting = self._waiting, []
        if batch:
            self._apply(batch)
            self._anew = False
            self._link.acknowledge(batch[-1], and_before=True)

    def _consuming(self) -> None:
        log.info("reading the stream %s", self._queues[0])
        self._absence.over()
        if self._since == "next":
            # A connection that is lost before the first event misses none either.
            self._since = datetime.now(UTC)
        self._look_for_the_place()

    def _look_for_the_place(self) -> None:
        expected, link = self._expected, self._link

        def give_up() -> None:
            if expected is not None and self._expected is expected and self._link is link:
                self._begin_anew("ends before the place")

        if expected is not None:
            link.soon(give_up, _BEYOND_SECONDS)

    def _begin_anew(self, why: str) -> None:
        log.warning("the stream %s: it was made anew, and is read from its first event", why)
        self._anew = True
        self._link.end(BegunAnew())
