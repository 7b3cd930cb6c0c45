"""Following auth: who has come, who has gone."""

from chassis.data.database import Database, Transaction
from chassis.data.retention import delete_in_batches
from chassis.process import clock
from contracts.auth.events import UserData, UserDeletedData
from contracts.events import Event
from notify import events
from notify.domain import notices
from notify.store import record, webhooks
from notify.store.people import ERASE, LEAVE, forget_counters, people
from notify.usecases.telling import tell
from person import erasure


def welcome(tx: Transaction, event: Event[UserData]) -> None:
    """Know the new person, and welcome them."""
    people.keep(tx, event)
    tell(tx, event, notices.registered(event.subject_id))


def erase(db: Database, event: Event[UserDeletedData]) -> None:
    """Erase what is held of a person; nothing that comes later brings them back."""
    person = event.subject_id
    with db.transaction() as tx:
        people.bury(tx, person, clock.now())
        forget_counters(tx, person)
        webhooks.erase(tx, person)
    delete_in_batches(db, LEAVE, person=person)
    # A batch of events that is under way may not know of it yet; the next one does.
    db.transact(record.wait)
    for statement in ERASE:
        delete_in_batches(db, statement, person=person)
    erasure.end(db, event, "user_deleted", events.data_erased(person))
