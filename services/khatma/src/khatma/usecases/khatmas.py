"""Looking at one khatma, making, changing and deleting it."""

from dataclasses import replace
from typing import Any

from chassis.data import outbox
from chassis.data.database import Reader, Transaction
from chassis.process import clock
from chassis.rpc import preconditions
from contracts.khatma.khatmas import ChangeKhatma, CreateKhatma, DeleteKhatma, OneKhatma
from contracts.preconditions import Precondition
from contracts.refusals import NotFound
from contracts.rpc import Actor, Call
from khatma import events
from khatma.domain.khatma import Khatma, check_publicity, first_parts
from khatma.domain.searching import searchable
from khatma.store import credit, khatmas, one
from khatma.store.khatmas import Locked
from khatma.store.people import people
from khatma.usecases.answers import in_full, own_in_full, own_khatma_answer
from khatma.usecases.refusals import refusing
from khatma.usecases.seen import seen


def get_khatma(reader: Reader, call: Call[OneKhatma]) -> dict[str, Any]:
    """Return one khatma that the asker may know of. Raises NotFound for another."""
    return _in_full(reader, call.asker, call.body.id)


def create_khatma(tx: Transaction, call: Call[CreateKhatma]) -> dict[str, Any]:
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
        parts_at_once=asked.parts_at_once,
    )
    words = searchable(khatma.name, khatma.description, creator.shown_name)
    khatmas.add(tx, khatma, words, now)
    outbox.announce(tx, events.created(khatma, creator.id))
    return own_in_full(khatma, creator, now, call.asker)


def change_khatma(tx: Transaction, call: Call[ChangeKhatma]) -> dict[str, Any]:
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
    _forget_the_usual(named, before.khatma)
    with refusing():
        check_publicity(before.khatma.khatma_type, is_public=named.get("is_public", False))
    after = replace(before, khatma=replace(before.khatma, **named))
    if after != before:
        khatmas.change(tx, after.khatma, clock.now())
        outbox.announce(tx, events.updated(after.khatma, after.asker.id))
    return _shown(after)


def delete_khatma(tx: Transaction, call: Call[DeleteKhatma]) -> dict[str, Any]:
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


def _forget_the_usual(named: dict[str, Any], khatma: Khatma) -> None:
    """Take out what only repeats how many parts at once are usual in such a khatma.

    A client that sends a khatma back as it came has not said that it shall stay so.
    """
    as_public = named.get("is_public", khatma.is_public) == khatma.is_public
    if as_public and named.get("parts_at_once") == khatma.most_at_once:
        del named["parts_at_once"]


def _in_full(reader: Reader, asker: Actor, khatma: int) -> dict[str, Any]:
    """Return a khatma as the asker is shown it. Raises NotFound where they may not know of it."""
    found = one.find(reader, khatma, asker.id)
    if found is None:
        raise NotFound("There is no such khatma.")
    return in_full(found, asker, clock.now())


def _own(tx: Transaction, actor: Actor, khatma: int, precondition: Precondition | None) -> Locked:
    """Return the asker's own khatma, locked, where it is what they saw."""
    found = seen(tx, actor, khatma)
    with refusing():
        found.khatma.let_change(actor.id)
    # When it was last changed nobody keeps, so no date holds it.
    preconditions.check(precondition, lambda: _in_full(tx, actor, khatma))
    return found


def _shown(own: Locked) -> dict[str, Any]:
    return own_khatma_answer(own.khatma, own.asker, own.created_at, own.completed_at)
