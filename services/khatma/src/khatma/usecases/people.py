"""Who asks, and what auth says of people."""

from dataclasses import replace
from typing import Any

from chassis.data.database import Reader, Transaction
from contracts.auth.events import UserData
from contracts.events import Event
from contracts.refusals import Unauthenticated
from contracts.rpc import Actor
from khatma.domain.people import Person
from khatma.store import people
from person.clock import Clock

Row = Any


def attend_and_number(tx: Transaction, actor: Actor) -> tuple[int, Person]:
    """Return the id of a khatma to come, and who makes it: nobody erases them meanwhile.

    They are as the newer of token and copy says. Raises Unauthenticated where their account is
    gone and this command came late.
    """
    people.hold(tx, person_of(actor))
    number, creator = people.find_and_number(tx, actor.id)
    return number, living(creator)


def attend_beside(tx: Transaction, actor: Actor, named: int | None = None) -> None:
    """Let nobody erase who commands, nor the person whom they name, from the next question on.

    People are held before khatmas, the lower id first: the first command of the one named makes
    the row that is held here, and holds it while it waits for its khatma.
    """
    if named is not None and named < actor.id:
        people.expect(tx, named)
    people.hold(tx, person_of(actor))
    if named is not None and named > actor.id:
        people.expect(tx, named)


def living(copy: Person) -> Person:
    """Return who commands. Raises Unauthenticated where their account is gone."""
    if copy.deleted:
        raise Unauthenticated("This account is gone.")
    return copy


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


def keep(reader: Reader, event: Event[UserData]) -> None:
    """Keep what auth says of a person, unless something newer is known or they are gone.

    It needs no inbox: the account's version makes a repeat, or one out of order, do nothing.
    """
    data = event.data
    people.keep(
        reader,
        Person(
            id=event.subject_id,
            username=data.username,
            fullname=data.fullname,
            clock=Clock(data.timezone, data.day_starts_at),
            version=data.version,
        ),
    )
