"""Who asks, and what auth says of people."""

from dataclasses import replace
from typing import Any

from chassis.data import inbox
from chassis.data.database import Connection, Database
from contracts.auth.events import UserData
from contracts.events import Envelope
from contracts.refusals import Unauthenticated
from contracts.rpc import Actor
from khatma.domain.people import Person, newer
from khatma.store import people
from person.clock import Clock

Row = Any


def attend(tx: Connection, actor: Actor) -> Person:
    """Return who commands, as the newer of token and copy; nobody erases them meanwhile.

    Raises Unauthenticated where their account is gone and this command came late.
    """
    said = person_of(actor)
    copy = people.hold(tx, said.id)
    if copy is None or copy.version < said.version:
        people.keep(tx, said)
        copy = people.hold(tx, said.id)
    if copy is None or copy.deleted:
        raise Unauthenticated("This account is gone.")
    return newer(said, copy)


def attend_beside(tx: Connection, actor: Actor, named: int | None) -> tuple[Person, Person | None]:
    """Return who commands, and the copy of the person whom they name; nobody erases either.

    People are held before khatmas, the lower id first: the first command of the one named makes
    the row that is held here, and holds it while it waits for its khatma.

    Raises Unauthenticated as `attend` does.
    """
    if named is None:
        return attend(tx, actor), None
    if named > actor.id:
        person = attend(tx, actor)
        return person, people.expect(tx, named)
    other = people.expect(tx, named)
    return attend(tx, actor), other


def person_of(actor: Actor) -> Person:
    """Return the person that the token speaks of."""
    return Person(
        id=actor.id,
        username=actor.username,
        fullname=actor.fullname,
        clock=Clock(actor.timezone, actor.day_starts_at),
        version=actor.version,
    )


def reader_of(actor: Actor, copy: Row) -> Person:
    """Return who reads, as the newer of the token and the copy's columns, which may be null."""
    said = person_of(actor)
    if copy.version is None or copy.version < said.version:
        return said
    return replace(said, clock=Clock(copy.timezone, copy.day_starts_at))


def name_of(actor: Actor, person: int, copy: Row) -> str:
    """Return how `person` is shown to `actor`, who may be newer to us than their own copy is."""
    if person == actor.id and (copy.version is None or copy.version < actor.version):
        return actor.shown_name
    return copy.fullname or copy.username or ""


def keep(db: Database, event: Envelope) -> None:
    """Follow auth.user_registered and auth.user_updated: the newest version wins."""
    data = UserData.model_validate(event.data)
    person = Person(
        id=subject_of(event),
        username=data.username,
        fullname=data.fullname,
        clock=Clock(data.timezone, data.day_starts_at),
        version=data.version,
    )
    with db.transaction() as tx:
        if inbox.first_time(tx, "keep", event.id):
            people.keep(tx, person)


def subject_of(event: Envelope) -> int:
    """Return the person's id from a subject such as user/17."""
    return int(event.subject.partition("/")[2])
