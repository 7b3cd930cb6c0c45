"""Joining, leaving, inviting, and who is in."""

from datetime import datetime
from typing import Any

from chassis.data import outbox
from chassis.data.database import Reader, Transaction
from chassis.process import clock
from contracts.events import Announcement
from contracts.khatma.khatmas import OneKhatma
from contracts.khatma.members import Invite
from contracts.refusals import NotFound
from contracts.rpc import Call
from khatma import events
from khatma.domain.khatma import Joining, Khatma
from khatma.store import credit, khatmas, parts
from khatma.store import members as membership
from khatma.usecases.refusals import refusing
from khatma.usecases.seen import seen
from person.asking import name_of


def members(reader: Reader, call: Call[OneKhatma]) -> list[dict[str, Any]]:
    """Return who is in, in the order of joining. Raises NotFound for who may not know of it."""
    rows = membership.shown(reader, call.body.id, call.asker.id)
    if not rows:  # A khatma without a member is deleted.
        raise NotFound("There is no such khatma.")
    return [
        {
            "id": row.person_id,
            "fullname": name_of(call.asker, row.person_id, row),
            "joined_at": row.joined_at,
            "chapters_held": row.held,
            "chapters_done": row.done,
        }
        for row in rows
    ]


def join(tx: Transaction, call: Call[OneKhatma]) -> dict[str, Any]:
    """Make the asker a member, where they are none, and give them the lowest open part.

    Raises:
        Conflict: They hold a part that is not done, or none is open.
        NotFound: They may not know of the khatma, or it is another's private one.
        Unauthenticated: The account was deleted.
    """
    khatma = seen(tx, call.asker, call.body.id).khatma
    joining, told = enter(tx, khatma, call.asker.id, clock.now())
    outbox.announce(tx, *told)
    return {"message": "Successfully joined khatma", "chapter_assigned": joining.number}


def enter(
    tx: Transaction, khatma: Khatma, person: int, now: datetime
) -> tuple[Joining, list[Announcement]]:
    """Let `person` join the khatma, which is locked; return what that gave, and what to announce.

    Raises:
        Conflict: They hold a part that is not done, or none is open.
        NotFound: It is another's private one.
    """
    with refusing():
        after, joining = khatma.joined_by(person)
    if joining.is_new:
        membership.add(tx, khatma.id, person, now)
    parts.claim(tx, after, joining.number, person, now)
    told = [events.joined(after, person)] if joining.is_new else []
    return joining, [*told, events.claimed(after, person, [joining.number])]


def leave(tx: Transaction, call: Call[OneKhatma]) -> dict[str, Any]:
    """End the asker's membership; what they have not done is open again.

    Raises:
        Conflict: They are its creator, or no member.
        NotFound: They may not know of the khatma.
        Unauthenticated: The account was deleted.
    """
    person = call.asker.id
    khatma = seen(tx, call.asker, call.body.id).khatma
    with refusing():
        after, freed = khatma.left_by(person)
    parts.free(tx, khatma.id, person)
    membership.remove(tx, khatma.id, person)
    khatmas.change(tx, after, clock.now())
    if not khatma.is_complete:
        credit.stop(tx, [person])
    outbox.announce(tx, events.left(after, person, freed))
    return {"message": "Successfully left khatma"}


def invite(tx: Transaction, call: Call[Invite]) -> dict[str, Any]:
    """Let another person see the khatma and join; the answer never says whether they exist.

    Raises:
        Conflict: Nobody can join it any more, or it is private.
        Forbidden: The asker is no member.
        NotFound: They may not know of the khatma.
        Unauthenticated: The account was deleted.
    """
    person, invited = call.asker.id, call.body.member
    beside = None if invited == person else invited
    khatma = seen(tx, call.asker, call.body.id, beside=beside).khatma
    with refusing():
        khatma.let_invite(person)
    if invited is None or invited in khatma.members:
        return _INVITED
    if membership.invite(tx, khatma.id, invited, clock.now()):
        outbox.announce(tx, events.invited(khatma, invited, person))
    return _INVITED


_INVITED = {"message": "If this person has an account, they are invited."}
