"""Knowing people: by who asks, and by what auth announces."""

from chassis.data import commands, inbox, outbox
from chassis.data.database import Connection, Database
from chassis.process import clock
from contracts.auth.events import UserData
from contracts.events import Envelope
from contracts.refusals import Unauthenticated
from contracts.rpc import Actor
from person.clock import Clock
from practice import events
from practice.domain.people import Person
from practice.store import people, sessions, totals


def seen(db: Database, actor: Actor) -> Person:
    """Return the asker as the token or the copy says, whichever is newer."""
    asker = _asker(actor)
    copy = people.find(db, actor.id)
    return copy if copy and not asker.newer_than(copy) else asker


def locked(tx: Connection, actor: Actor) -> Person:
    """Return the asker, whose sessions and totals only this transaction changes until its end.

    Raises:
        Unauthenticated: The account was deleted.
    """
    asker = _asker(actor)
    copy = people.lock(tx, actor.id)
    if copy is None or asker.newer_than(copy):
        people.save(tx, asker)
        copy = people.lock(tx, actor.id)
    if copy is None or copy.deleted:
        raise Unauthenticated("This account was deleted. Log in with another one.")
    return copy


def note(db: Database, event: Envelope) -> None:
    """Keep what auth says of a person, unless something newer is known or they are gone.

    It needs no inbox: the account's version makes a repeat, or one out of order, do nothing.
    """
    data = UserData.model_validate(event.data)
    person = Person(
        subject_of(event), data.username, Clock(data.timezone, data.day_starts_at), data.version
    )
    with db.transaction() as tx:
        people.save(tx, person)


def erase(db: Database, event: Envelope) -> None:
    """Forget a person for good, all but the id, and announce it once all is gone.

    A tombstone comes first, so that no late command adds anything, and with it goes all that others
    could see. Each step can be done again after a failure, and the last one takes in the event.
    """
    person = subject_of(event)
    with db.transaction() as tx:
        people.entomb(tx, person, clock.now())
        totals.delete_all(tx, person)
        sessions.clear(tx, person)
    sessions.sweep(db, person, sessions.EVERY)
    with db.transaction() as tx:
        if inbox.first_time(tx, "practice.erase", event.id):
            commands.forget(tx, person)
            outbox.announce(tx, events.data_erased(person))


def subject_of(event: Envelope) -> int:
    """Return the id of the person that an event is about."""
    return int(event.subject.partition("/")[2])


def _asker(actor: Actor) -> Person:
    return Person(
        actor.id, actor.username, Clock(actor.timezone, actor.day_starts_at), actor.version
    )
