"""Following auth: who there is, what they are called, who has gone."""

from chassis.data import commands, inbox, outbox
from chassis.data.database import Database, Reader, Transaction
from chassis.data.retention import delete_in_batches
from contracts.auth.events import UserData, UserDeletedData
from contracts.events import Event
from notify import events
from notify.domain import notices
from notify.domain.people import Profile
from notify.store import people
from notify.usecases.telling import tell


def welcome(tx: Transaction, event: Event[UserData]) -> None:
    """Know the new person, and welcome them."""
    keep(tx, event)
    tell(tx, event, notices.registered(event.subject_id))


def keep(reader: Reader, event: Event[UserData]) -> None:
    """Keep what auth says of a person, unless something newer is known or they are gone.

    It needs no inbox: the account's version makes a repeat, or one out of order, do nothing.
    """
    data = event.data
    people.keep(reader, Profile(event.subject_id, data.username, data.fullname, data.version))


def erase(db: Database, event: Event[UserDeletedData]) -> None:
    """Erase what is held of a person; nothing that comes later brings them back.

    Each step can be done again after a failure, and the last one takes in the event.
    """
    person = event.subject_id
    with db.transaction() as tx:
        people.bury(tx, person, event.time)
    for statement in people.ERASE:
        delete_in_batches(db, statement, person=person)

    def end(tx: Transaction) -> None:
        inbox.take_in(tx, "user_deleted", event.id)
        commands.forget(tx, person)
        outbox.announce(tx, events.data_erased(person))

    inbox.once(db, end)
