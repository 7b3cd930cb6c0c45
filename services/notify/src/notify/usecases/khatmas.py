"""Following the end of a khatma: nobody is invited to it any more."""

from functools import partial

from chassis.data import outbox
from chassis.data.database import Database, Transaction
from contracts.events import Event
from contracts.khatma.events import KhatmaData
from notify import events
from notify.domain.kinds import Kind
from notify.store import khatmas

BATCH = 100


def withdraw(db: Database, event: Event[KhatmaData]) -> None:
    """Withdraw every invitation to the khatma that was not read.

    It needs no inbox: each step can be done again, and finds nothing where it was done before.
    """
    with db.transaction() as tx:
        khatmas.end(tx, event.subject_id, event.time)
    last: int | None = 0
    while last is not None:
        last = db.transact(partial(_withdraw, event=event, after=last))


def _withdraw(tx: Transaction, event: Event[KhatmaData], after: int) -> int | None:
    """Withdraw a batch of them, and return the last person of it; None where nobody is left."""
    gone, last = khatmas.withdraw(tx, event.subject_id, after=after, batch=BATCH)
    kind, actor = Kind.KHATMA_INVITATION, event.actor
    outbox.announce(tx, *(events.withdrawn(each.person, each.id, kind, actor) for each in gone))
    return last
