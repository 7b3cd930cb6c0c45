"""One turn of a relay: what it published, what the broker confirmed, and what it refused."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any

from chassis.amqp.confirms import CONFIRM_SECONDS, Confirms, NotConfirmed, Ticket
from chassis.data import outbox
from chassis.data.database import Reader
from chassis.events.traced import publishing, together
from chassis.process import backoff
from contracts.events import EVENTS
from telemetry.spans import Kind, Span

log = logging.getLogger(__name__)

BATCH = 200
MOST_IN_FLIGHT = 5 * BATCH
MOST_REFUSED = 10_000
SETTLE_SECONDS = 0.25
WHOLE_LOOK_SECONDS = 5.0
REFUSED_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(slots=True)
class _Flight:
    ticket: Ticket
    since: float
    span: Span | None


@dataclass(slots=True)
class _Refused:
    times: int
    due: float
    why: str


class Turn:
    """Publishes the rows of the outbox for as long as its two connections last.

    A row that the broker refuses, or that this release cannot say, stays where it is and holds
    back no other: a refused one is offered again, ever later. Only a lost connection ends a turn.

    Args:
        service: Whose outbox it is.
        database: Asks by the relay's own connection.
        confirms: A channel to publish by.
        body: Says a row, or None where it cannot be said.
    """

    def __init__(
        self,
        service: str,
        database: Reader,
        confirms: Confirms,
        body: Callable[[Any], bytes | None],
    ) -> None:
        self._database = database
        self._confirms = confirms
        self._body = body
        self._types = [name for name, kind in EVENTS.items() if kind.source == service]
        self._flights: dict[int, _Flight] = {}
        self._confirmed: list[int] = []
        self._refused: dict[int, _Refused] = {}
        self._unsayable: set[int] = set()
        self._confirmed_at = 0.0
        self._highest = self._edge = self._floor = 0
        self._whole_look_due = 0.0

    def begin(self) -> None:
        """Tell the log of rows that this release cannot say, and that therefore stay."""
        for kind, count in outbox.unknown(self._database, self._types).items():
            log.error("%d events of type %s stay in the outbox: it is not known here", count, kind)

    @property
    def at_rest(self) -> bool:
        """Whether no message is on its way, and all that were confirmed are moved."""
        return not self._flights and not self._confirmed

    def end(self) -> None:
        """Move what was confirmed, where the database still answers; else it is published anew."""
        with suppress(Exception):
            self._move()

    def round(self) -> int:
        """Publish a batch, and move out of the outbox what was confirmed of the one before.

        Returns:
            How many messages were sent.

        Raises:
            NotConfirmed: The connection to the broker is lost, or says nothing any more.
            Exception: A connection is lost.
        """
        rows = (*self._due(), *self._look())
        with together("relay", Kind.PRODUCER, [row.traceparent for row in rows if row.traceparent]):
            sent = 0
            try:
                for row in rows:
                    sent += self._send(row)
            finally:
                self._settle()
        return sent

    # Looking

    def _look(self) -> Sequence[Any]:
        room = min(BATCH, MOST_IN_FLIGHT - len(self._flights))
        if room <= 0 or len(self._refused) >= MOST_REFUSED:
            self._move()
            return ()
        whole = monotonic() >= self._whole_look_due
        after = 0 if whole else self._floor
        known = (*self._flights, *self._refused, *self._unsayable)
        rows = outbox.unpublished(
            self._database,
            room,
            after=after,
            types=self._types,
            without=[number for number in known if number > after],
            confirmed=self._confirmed,
        )
        self._confirmed = []
        if rows:
            self._highest = max(self._highest, rows[-1].id)
        if whole and len(rows) < room:
            self._looked_at_all()
        return rows

    def _looked_at_all(self) -> None:
        """Begin the next looks behind what was seen one whole look ago.

        Rows that are gone, but that an old snapshot may still see, would make every look slower.
        An id below that is still to be committed waits for the next whole look.
        """
        self._whole_look_due = monotonic() + WHOLE_LOOK_SECONDS
        self._floor, self._edge = self._edge, self._highest
        if self._refused:
            number, first = next(iter(self._refused.items()))
            log.warning(
                "the broker refuses %d events, offered again; the first, %d, %d times: %s",
                *(len(self._refused), number, first.times, first.why),
            )

    def _due(self) -> Sequence[Any]:
        now = monotonic()
        due = [number for number, refused in self._refused.items() if refused.due <= now][:BATCH]
        if not due:
            return ()
        rows = outbox.these(self._database, due)
        for gone in set(due) - {row.id for row in rows}:
            del self._refused[gone]
        return rows

    # Sending

    def _send(self, row: Any) -> int:
        exchange = outbox.exchange(row)
        span = publishing(row, exchange)
        if span is not None:
            row = row._replace(traceparent=span.traceparent)
        body = self._body(row)
        if body is None:
            self._unsayable.add(row.id)
            return 0
        ticket = self._confirms.publish_event(body, exchange, row.type, str(row.event_id))
        self._flights[row.id] = _Flight(ticket, monotonic(), span)
        if row.id in self._refused:
            self._refused[row.id].due = inf  # until the broker has spoken again
        return 1

    def _settle(self) -> None:
        """Wait a moment for the broker's word; who has none by then stays on its way."""
        end = monotonic() + SETTLE_SECONDS
        silent = []
        for number, flight in list(self._flights.items()):
            left = end - monotonic()
            if left <= 0 and not flight.ticket.settled:
                silent.append((number, flight))
                continue
            try:
                flight.ticket.wait(max(0.0, left))
                self._settled(number)
            except NotConfirmed as error:
                if flight.ticket.settled:
                    self._refuse(number, str(error))
                else:
                    silent.append((number, flight))
        if (why := self._confirms.ended_by) is not None:
            raise NotConfirmed(f"the connection was lost: {why}")
        self._give_up(silent)

    def _settled(self, number: int) -> None:
        self._confirmed_at = monotonic()
        self._confirmed.append(number)
        if (span := self._flights.pop(number).span) is not None:
            span.end()
        self._refused.pop(number, None)

    def _move(self) -> None:
        """Move what was confirmed out of the outbox, where no look takes it along."""
        if self._confirmed:
            outbox.mark_published(self._database, self._confirmed)
            self._confirmed = []

    def _give_up(self, silent: Sequence[tuple[int, _Flight]]) -> None:
        for number, flight in silent:
            if monotonic() - flight.since < CONFIRM_SECONDS:
                continue
            if self._confirmed_at < flight.since:
                raise NotConfirmed("the broker confirms nothing")
            self._refuse(number, "no confirm came in time")

    def _refuse(self, number: int, why: str) -> None:
        flight = self._flights.pop(number, None)
        if flight is not None and flight.span is not None:
            flight.span.end("refused")
        times = self._refused[number].times + 1 if number in self._refused else 1
        due = monotonic() + backoff.pause(REFUSED_SECONDS, times - 1)
        self._refused[number] = _Refused(times, due, why)
