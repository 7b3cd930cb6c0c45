"""Looking at khatmas, making, changing and deleting them."""

from dataclasses import replace
from typing import Any

from chassis.data import commands, outbox
from chassis.data.database import Connection, Database
from chassis.process import clock
from chassis.rpc import preconditions
from chassis.work.encoding import Encoded
from contracts.khatma import methods
from contracts.refusals import NotFound
from contracts.rpc import Call
from khatma import events
from khatma.domain.khatma import Khatma, check_publicity, first_parts
from khatma.store import credit, khatmas, members, views
from khatma.usecases.answers import khatma_answer, new_khatma_answer
from khatma.usecases.people import attend
from khatma.usecases.refusals import refusing


def list_khatmas(db: Database, call: Call[methods.ListKhatmas]) -> list[dict[str, Any]]:
    """Answer up to 200 khatmas, newest first."""
    asker, asked = call.asker, call.body
    rows = views.page(db, asked.filter, asker.id, asked.after)
    return [khatma_answer(row, asker) for row in rows]


def get_khatma(db: Database, call: Call[methods.OneKhatma]) -> dict[str, Any]:
    """Answer one khatma that the asker may know of."""
    row = views.one(db, call.body.id, call.asker.id)
    if row is None:
        raise NotFound("There is no such khatma.")
    return khatma_answer(row, call.asker)


def create_khatma(db: Database, call: Call[methods.CreateKhatma]) -> Encoded:
    """Make a khatma with its creator as member and holder of the first part, or of all."""
    return commands.once(db, methods.CREATE_KHATMA, call, lambda tx: _create(tx, call))


def change_khatma(db: Database, call: Call[methods.ChangeKhatma]) -> Encoded:
    """Change what the creator named of it; naming what it is already changes nothing."""
    return commands.once(db, methods.CHANGE_KHATMA, call, lambda tx: _change(tx, call))


def delete_khatma(db: Database, call: Call[methods.DeleteKhatma]) -> Encoded:
    """Remove it from everybody's view; finished reading keeps its credit."""
    return commands.once(db, methods.DELETE_KHATMA, call, lambda tx: _delete(tx, call))


def seen(tx: Connection, khatma: int, person: int) -> Khatma:
    """Return the khatma, locked, for one who may know of it. Raises NotFound for others."""
    found = khatmas.load(tx, khatma)
    if found is None or not (found.shows_to(person) or members.is_invited(tx, khatma, person)):
        raise NotFound("There is no such khatma.")
    return found


def _create(tx: Connection, call: Call[methods.CreateKhatma]) -> dict[str, Any]:
    asked, now = call.body, clock.now()
    creator = attend(tx, call.asker)
    with refusing():
        check_publicity(asked.khatma_type, is_public=asked.is_public)
    khatma = Khatma(
        id=0,
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
    khatma = replace(khatma, id=khatmas.add(tx, khatma, now))
    outbox.announce(tx, events.created(khatma, creator.id))
    return new_khatma_answer(khatma, creator, now)


def _change(tx: Connection, call: Call[methods.ChangeKhatma]) -> dict[str, Any]:
    creator = attend(tx, call.asker)
    khatma = seen(tx, call.body.id, creator.id)
    named = call.body.change.named()
    with refusing():
        khatma.let_change(creator.id)
    _check_unchanged(tx, call)
    with refusing():
        check_publicity(khatma.khatma_type, is_public=named.get("is_public", False))
    after = replace(khatma, **named)
    changed = after != khatma
    if changed:
        khatmas.save(tx, after, clock.now())
    answer = khatma_answer(views.one_within(tx, khatma.id, creator.id), call.asker)
    if changed:
        outbox.announce(tx, events.updated(after, creator.id))
    return answer


def _delete(tx: Connection, call: Call[methods.DeleteKhatma]) -> dict[str, Any]:
    creator = attend(tx, call.asker)
    khatma = seen(tx, call.body.id, creator.id)
    with refusing():
        khatma.let_change(creator.id)
    _check_unchanged(tx, call)
    if not khatma.is_complete:
        credit.stop(tx, khatma.members)
    khatmas.remove(tx, khatma.id)
    outbox.announce(tx, events.deleted(khatma, creator.id))
    return {"message": "Successfully deleted khatma"}


def _check_unchanged(
    tx: Connection, call: Call[methods.ChangeKhatma] | Call[methods.DeleteKhatma]
) -> None:
    """Refuse to change a khatma, which is locked, that is not what the asker saw."""
    if call.body.precondition is not None:
        row = views.one_within(tx, call.body.id, call.asker.id)
        # When it was last changed nobody keeps; not before it was made, at any rate.
        preconditions.check(
            call.body.precondition, lambda: khatma_answer(row, call.asker), row.created_at
        )
