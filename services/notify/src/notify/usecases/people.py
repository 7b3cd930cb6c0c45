"""Following auth: who there is, what they are called, who has gone."""

from chassis.data import commands
from chassis.data.database import Connection, Database
from chassis.data.inbox import first_time
from chassis.data.outbox import announce
from chassis.data.retention import delete_in_batches
from contracts.auth.events import UserData
from contracts.events import Envelope
from notify import events
from notify.domain import notices
from notify.domain.people import Profile
from notify.store import people
from notify.usecases.subjects import subject_id
from notify.usecases.telling import tell


def registered(db: Database, event: Envelope) -> None:
    """Know the new person, and welcome them."""
    with db.transaction() as tx:
        if first_time(tx, "user_registered", event.id):
            _remember(tx, event)
            tell(tx, event, notices.registered(subject_id(event)))


def updated(db: Database, event: Envelope) -> None:
    """Know the person as they now are."""
    with db.transaction() as tx:
        if first_time(tx, "user_updated", event.id):
            _remember(tx, event)


def deleted(db: Database, event: Envelope) -> None:
    """Erase what is held of the person; nothing that comes later brings them back.

    Each step can be done again after a failure, and the last one takes in the event.
    """
    person = subject_id(event)
    with db.transaction() as tx:
        people.bury(tx, person, event.time)
    for statement in people.ERASE:
        delete_in_batches(db, statement, person=person)
    with db.transaction() as tx:
        if first_time(tx, "user_deleted", event.id):
            commands.forget(tx, person)
            announce(tx, events.erased(person))


def _remember(tx: Connection, event: Envelope) -> None:
    data = UserData.model_validate(event.data)
    people.remember(
        tx, Profile(subject_id(event), data.username, data.fullname, version=data.version)
    )
