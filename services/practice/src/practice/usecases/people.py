"""Knowing people: by who asks, and by what auth announces."""

from chassis.data import commands, inbox, outbox
from chassis.data.database import Database, Reader, Transaction
from chassis.process import clock
from contracts.auth.events import UserData, UserDeletedData
from contracts.events import Event
from contracts.refusals import Unauthenticated
from contracts.rpc import Actor
from person.clock import Clock
from practice import events
from practice.domain.people import Person
from practice.store import people, sessions, totals


def seen(reader: Reader, actor: Actor) -> Person:
    """Return the asker as the token or the copy says, whichever is newer."""
    asker = _asker(actor)
    copy = people.find(reader, actor.id)
    return copy if copy and not asker.newer_than(copy) else asker


def locked(tx: Transaction, actor: Actor) -> Person:
    """Return the asker, whose sessions and totals only this transaction changes until its end.

    Raises:
        Unauthenticated: The account was deleted.
    """
    copy = people.lock(tx, actor.id)
    if _asker(actor).newer_than(copy):
        people.keep(tx, _asker(actor))
        copy = people.lock(tx, actor.id)
    return _living(copy)


def locked_and_numbered(tx: Transaction, actor: Actor) -> tuple[int, Person]:
    """Return the same, after the id of a session that they add.

    Raises:
        Unauthenticated: The account was deleted.
    """
    found = people.lock_and_number(tx, actor.id)
    if found is None or _asker(actor).newer_than(found[1]):
        people.keep(tx, _asker(actor))
        found = people.lock_and_number(tx, actor.id)
    number, copy = found or (0, None)
    return number, _living(copy)


def keep(reader: Reader, event: Event[UserData]) -> None:
    """Keep what auth says of a person, unless something newer is known or they are gone.

    It needs no inbox: the account's version makes a repeat, or one out of order, do nothing.
    """
    data = event.data
    theirs = Clock(data.timezone, data.day_starts_at)
    people.keep(reader, Person(event.subject_id, data.username, theirs, data.version))


def erase(db: Database, event: Event[UserDeletedData]) -> None:
    """Forget a person for good, all but the id, and announce it once all is gone.

    A tombstone comes first, so that no late command adds anything, and with it goes all that others
    could see. Each step can be done again after a failure, and the last one takes in the event.
    """
    person = event.subject_id
    with db.transaction() as tx:
        people.bury(tx, person, clock.now())
        totals.delete_all(tx, person)
        sessions.clear(tx, person)
    sessions.sweep(db, person, sessions.EVERY)

    def end(tx: Transaction) -> None:
        inbox.take_in(tx, "practice.erase", event.id)
        commands.forget(tx, person)
        outbox.announce(tx, events.data_erased(person))

    inbox.once(db, end)


def _living(copy: Person | None) -> Person:
    if copy is None or copy.deleted:
        raise Unauthenticated("This account was deleted. Log in with another one.")
    return copy


def _asker(actor: Actor) -> Person:
    return Person(
        actor.id, actor.username, Clock(actor.timezone, actor.day_starts_at), actor.version
    )
