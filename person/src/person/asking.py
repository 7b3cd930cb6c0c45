"""Who asks: the newer of what their token says and of the copy that is kept of them.

A copy's columns are those of a row that holds more; they are null where there is no copy.
"""

from typing import Any

from contracts.refusals import Unauthenticated
from contracts.rpc import Actor
from person.clock import Clock
from person.known import Person


def person_of(actor: Actor) -> Person:
    """Return the person that the token speaks of."""
    return Person(
        id=actor.id,
        username=actor.username,
        fullname=actor.fullname,
        clock=Clock(actor.timezone, actor.day_starts_at),
        version=actor.version,
        visibility=actor.visibility,
    )


def clock_of(actor: Actor, copy: Any) -> Clock:
    """Return how who asks counts days."""
    if _is_older(copy, actor):
        return Clock(actor.timezone, actor.day_starts_at)
    return Clock(copy.timezone, copy.day_starts_at)


def name_of(actor: Actor, person: int, copy: Any) -> str:
    """Return how `person` is shown to who asks, whose own name may be newer than its copy."""
    if person == actor.id and _is_older(copy, actor):
        return actor.shown_name
    return copy.fullname or copy.username or ""


def living(copy: Person) -> Person:
    """Return who commands.

    Raises:
        Unauthenticated: Their account is gone, and this command came late.
    """
    if copy.deleted:
        raise Unauthenticated("This account was deleted. Log in with another one.")
    return copy


def _is_older(copy: Any, actor: Actor) -> bool:
    return copy is None or copy.version is None or copy.version < actor.version
