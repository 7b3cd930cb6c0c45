"""Following the end of a khatma: nobody is invited to it any more."""

from chassis.data.database import Database
from chassis.data.inbox import first_time
from chassis.data.outbox import announce
from contracts.events import Envelope
from notify import events
from notify.domain.kinds import Kind
from notify.store import khatmas
from notify.usecases.subjects import subject_id

BATCH = 100


def deleted(db: Database, event: Envelope) -> None:
    """Withdraw every invitation to the khatma that was not read.

    Each step can be done again after a failure, and the last one takes in the event.
    """
    khatma = subject_id(event)
    with db.transaction() as tx:
        khatmas.end(tx, khatma, event.time)
    _withdraw(db, khatma, event.actor)
    with db.transaction() as tx:
        first_time(tx, "khatma_deleted", event.id)


def _withdraw(db: Database, khatma: int, actor: int | None) -> None:
    last: int | None = 0
    while last is not None:
        with db.transaction() as tx:
            gone, last = khatmas.withdraw(tx, khatma, after=last, batch=BATCH)
            kind = Kind.KHATMA_INVITATION
            announce(tx, *(events.withdrawn(each.person, each.id, kind, actor) for each in gone))
