"""Looking at khatmas, making, changing and deleting them."""

from dataclasses import replace
from typing import Any

from chassis.data import outbox
from chassis.data.database import Reader, Transaction
from chassis.process import clock
from chassis.rpc import preconditions
from contracts.khatma import methods
from contracts.preconditions import Precondition
from contracts.refusals import NotFound
from contracts.rpc import Actor, Call
from khatma import events
from khatma.domain.khatma import Khatma, check_publicity, first_parts
from khatma.store import credit, khatmas, views
from khatma.store.khatmas import Locked
from khatma.store.people import people
from khatma.usecases.answers import khatma_answer, own_khatma_answer
from khatma.usecases.refusals import refusing
from person.asking import living


def list_khatmas(reader: Reader, call: Call[methods.ListKhatmas]) -> list[dict[str, Any]]:
    """Return up to 200 khatmas, newest first."""
    asker, asked = call.asker, call.body
    rows = views.page(reader, asked.filter, asker.id, asked.after)
    return [khatma_answer(row, asker) for row in rows]


def get_khatma(reader: Reader, call: Call[methods.OneKhatma]) -> dict[str, Any]:
    """Return one khatma that the asker may know of. Raises NotFound for another."""
    row = views.find(reader, call.body.id, call.asker.id)
    if row is None:
        raise NotFound("There is no such khatma.")
    return khatma_answer(row, call.asker)


def create_khatma(tx: Transaction, call: Call[methods.CreateKhatma]) -> dict[str, Any]:
    """Make a khatma with its creator as member and holder of the first part, or of all.

    Raises:
        Invalid: It is private and public.
        Unauthenticated: The account was deleted.
    """
    asked, now = call.body, clock.now()
    number, creator = people.attend_and_number(tx, call.asker)
    with refusing():
        check_publicity(asked.khatma_type, is_public=asked.is_public)
    khatma = Khatma(
        id=number,
        name=asked.name,
        description=asked.description,
        khatma_type=asked.khatma_type,
        is_public=asked.is_public,
        target_days=asked.target_days,
        starts_on=creator.clock.today(now),
        creator=creator.id,
        members=(creator.id,),
        parts=first_parts(asked.khatma_type, creator.id),
    )
    khatmas.add(tx, khatma, now)
    outbox.announce(tx, events.created(khatma, creator.id))
    return own_khatma_answer(khatma, creator, now)


def change_khatma(tx: Transaction, call: Call[methods.ChangeKhatma]) -> dict[str, Any]:
    """Change what the creator named of it; naming what it is already changes nothing.

    Raises:
        Forbidden: The asker is not its creator.
        Invalid: It is private and would be public.
        NotFound: They may not know of it.
        PreconditionFailed: It is not what they saw.
        Unauthenticated: The account was deleted.
    """
    before = _own(tx, call.asker, call.body.id, call.body.precondition)
    named = call.body.change.named()
    with refusing():
        check_publicity(before.khatma.khatma_type, is_public=named.get("is_public", False))
    after = replace(before, khatma=replace(before.khatma, **named))
    if after != before:
        khatmas.change(tx, after.khatma, clock.now())
        outbox.announce(tx, events.updated(after.khatma, after.asker.id))
    return _shown(after)


def delete_khatma(tx: Transaction, call: Call[methods.DeleteKhatma]) -> dict[str, Any]:
    """Remove it from everybody's view; finished reading keeps its credit.

    Raises:
        Forbidden: The asker is not its creator.
        NotFound: They may not know of it.
        PreconditionFailed: It is not what they saw.
        Unauthenticated: The account was deleted.
    """
    khatma = _own(tx, call.asker, call.body.id, call.body.precondition).khatma
    if not khatma.is_complete:
        credit.stop(tx, khatma.members)
    khatmas.remove(tx, khatma.id)
    outbox.announce(tx, events.deleted(khatma, khatma.creator))
    return {"message": "Successfully deleted khatma"}


def seen(tx: Transaction, actor: Actor, khatma: int, *, beside: int | None = None) -> Locked:
    """Return the khatma, locked, for one who may know of it: one message.

    Args:
        tx: The transaction, in which nothing is locked yet.
        actor: Who commands. Nobody erases them meanwhile.
        khatma: Its id.
        beside: Another person whom nobody is to erase meanwhile.

    Raises:
        NotFound: There is none, or none that they may know of.
        Unauthenticated: Their account is gone, and this command came late.
    """
    people.attend_beside(tx, actor, beside)
    asker, found = khatmas.lock(tx, khatma, actor.id)
    living(asker)
    if found is None or not (found.khatma.shows_to(asker.id) or found.is_invited):
        raise NotFound("There is no such khatma.")
    return found


def _own(tx: Transaction, actor: Actor, khatma: int, precondition: Precondition | None) -> Locked:
    """Return the asker's own khatma, locked, where it is what they saw."""
    found = seen(tx, actor, khatma)
    with refusing():
        found.khatma.let_change(actor.id)
    # When it was last changed nobody keeps; not before it was made, at any rate.
    preconditions.check(precondition, lambda: _shown(found))
    return found


def _shown(own: Locked) -> dict[str, Any]:
    return own_khatma_answer(own.khatma, own.asker, own.created_at, own.completed_at)
