"""Joining, leaving, inviting, and who is in."""

from typing import Any

from chassis.data import commands, outbox
from chassis.data.database import Connection, Database
from chassis.process import clock
from chassis.work.encoding import Encoded
from contracts.khatma import methods
from contracts.refusals import NotFound
from contracts.rpc import Call
from khatma import events
from khatma.domain.khatma import Khatma
from khatma.domain.people import Person
from khatma.store import credit, khatmas, parts, views
from khatma.store import members as membership
from khatma.usecases.khatmas import seen
from khatma.usecases.people import attend, attend_beside, name_of
from khatma.usecases.refusals import refusing


def members(db: Database, call: Call[methods.OneKhatma]) -> list[dict[str, Any]]:
    """Answer who is in, in the order of joining, to whoever may look."""
    if views.one(db, call.body.id, call.asker.id) is None:
        raise NotFound("There is no such khatma.")
    return [
        {
            "id": row.person_id,
            "fullname": name_of(call.asker, row.person_id, row),
            "joined_at": row.joined_at,
            "chapters_held": row.held,
            "chapters_done": row.done,
        }
        for row in views.members(db, call.body.id)
    ]


def join(db: Database, call: Call[methods.OneKhatma]) -> Encoded:
    """Make the asker a member, where they are none, and give them the lowest open part."""
    return commands.once(db, methods.JOIN, call, lambda tx: _join(tx, call))


def leave(db: Database, call: Call[methods.OneKhatma]) -> Encoded:
    """End the asker's membership; what they have not done is open again."""
    return commands.once(db, methods.LEAVE, call, lambda tx: _leave(tx, call))


def invite(db: Database, call: Call[methods.Invite]) -> Encoded:
    """Let another person see the khatma and join; the answer never says whether they exist."""
    return commands.once(db, methods.INVITE, call, lambda tx: _invite(tx, call))


def _join(tx: Connection, call: Call[methods.OneKhatma]) -> dict[str, Any]:
    now = clock.now()
    person = attend(tx, call.asker)
    khatma = seen(tx, call.body.id, person.id)
    with refusing():
        after, joining = khatma.joined_by(person.id)
    if joining.is_new:
        membership.add(tx, khatma.id, person.id, now)
    parts.claim(tx, after, joining.number, person.id, now)
    told = [events.joined(after, person.id)] if joining.is_new else []
    outbox.announce(tx, *told, events.claimed(after, person.id, [joining.number]))
    return {"message": "Successfully joined khatma", "chapter_assigned": joining.number}


def _leave(tx: Connection, call: Call[methods.OneKhatma]) -> dict[str, Any]:
    person = attend(tx, call.asker)
    khatma = seen(tx, call.body.id, person.id)
    with refusing():
        after, freed = khatma.left_by(person.id)
    parts.free(tx, khatma.id, person.id)
    membership.remove(tx, khatma.id, person.id)
    khatmas.save(tx, after, clock.now())
    if not khatma.is_complete:
        credit.stop(tx, [person.id])
    outbox.announce(tx, events.left(after, person.id, freed))
    return {"message": "Successfully left khatma"}


def _invite(tx: Connection, call: Call[methods.Invite]) -> dict[str, Any]:
    person, invited = attend_beside(tx, call.asker, call.body.member)
    khatma = seen(tx, call.body.id, person.id)
    with refusing():
        khatma.let_invite(person.id)
    if invited is not None and _let_in(tx, khatma, invited):
        outbox.announce(tx, events.invited(khatma, invited.id, person.id))
    return {"message": "If this person has an account, they are invited."}


def _let_in(tx: Connection, khatma: Khatma, invited: Person) -> bool:
    if invited.id in khatma.members or invited.deleted:
        return False
    return membership.invite(tx, khatma.id, invited.id, clock.now())
