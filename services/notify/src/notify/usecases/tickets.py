"""Tickets that open a stream: made for who asks, taken once by whoever brings one."""

from datetime import UTC, datetime

from chassis.data.database import Reader, Transaction
from chassis.process import clock
from contracts.notify.methods import AddTicket, TakeTicket, Ticket, TicketAdded
from contracts.refusals import TooMany, Unauthenticated
from contracts.rpc import Call
from notify.domain.tickets import GOOD_FOR, MOST_OPEN, good_until
from notify.store import tickets
from notify.store.people import people

_SECONDS = int(GOOD_FOR.total_seconds())


def add(tx: Transaction, call: Call[AddTicket]) -> TicketAdded:
    """Keep a ticket of the asker's.

    Raises:
        TooMany: They have as many that nobody took as one may have.
        Unauthenticated: Their account was deleted.
    """
    asker, now = call.asker, clock.now()
    people.lock(tx, asker)
    until = good_until(now, datetime.fromtimestamp(call.body.expires_at, UTC))
    if not tickets.add(
        tx, asker.id, asker.session, call.body, now=now, until=until, most=MOST_OPEN
    ):
        raise TooMany(
            f"You have {MOST_OPEN} tickets that opened nothing. Take one of them, or wait until "
            "they are late.",
            retry_after=_SECONDS,
        )
    left = max(0, int((until - now).total_seconds()))
    return TicketAdded(expires_in=left, expires_at=until)


def take(tx: Transaction, call: Call[TakeTicket]) -> Ticket:
    """Take a ticket and answer whose it was.

    Raises:
        Unauthenticated: There is none such: it was taken, is late, or never was.
    """
    return _good(tickets.take(tx, call.body.hash, clock.now()))


def find(reader: Reader, call: Call[TakeTicket]) -> Ticket:
    """Answer whose ticket it is, and leave it. Raises as `take` does."""
    return _good(tickets.find(reader, call.body.hash, clock.now()))


def _good(ticket: Ticket | None) -> Ticket:
    if ticket is None:
        raise Unauthenticated(
            "This ticket opens nothing: it is good once, and for "
            f"{_SECONDS} seconds, or until its access token expires. "
            "Ask for another one by POST /api/activity/tickets/."
        )
    return ticket
