"""The khatma that a command is about, locked for who may know of it."""

from chassis.data.database import Transaction
from contracts.refusals import NotFound
from contracts.rpc import Actor
from khatma.domain.khatma import Khatma
from khatma.store import khatmas
from khatma.store.khatmas import Locked
from khatma.store.people import people
from person.asking import living


def seen(
    tx: Transaction,
    actor: Actor,
    khatma: int,
    *,
    beside: int | None = None,
    number: int | None = None,
) -> Locked:
    """Return the khatma, locked, for one who may know of it: one message.

    Args:
        tx: The transaction, in which nothing is locked yet.
        actor: Who commands. Nobody erases them meanwhile.
        khatma: Its id.
        beside: Another person whom nobody is to erase meanwhile.
        number: A part, on which their session is wanted.

    Raises:
        NotFound: There is none, or none that they may know of.
        Unauthenticated: Their account is gone, and this command came late.
    """
    people.attend_beside(tx, actor, beside)
    asker, found = khatmas.lock(tx, khatma, actor.id, number=number)
    living(asker)
    if found is None or not (found.khatma.shows_to(asker.id) or found.is_invited):
        raise NotFound("There is no such khatma.")
    return found


def seen_by_link(tx: Transaction, actor: Actor, khatma: int) -> Khatma | None:
    """Return the khatma, locked, for one who has a link to it, or None where it is gone.

    Raises:
        Unauthenticated: Their account is gone, and this command came late.
    """
    people.attend_beside(tx, actor)
    asker, found = khatmas.lock(tx, khatma, actor.id)
    living(asker)
    return found.khatma if found else None
