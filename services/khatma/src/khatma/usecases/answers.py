"""Khatmas and readings in the shape of the contract."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from contracts.rpc import Actor
from khatma.domain.figures import completion_percentage
from khatma.domain.khatma import PRIVATE, Khatma, due_on, most_at_once
from khatma.domain.parts import NUMBERS
from khatma.store.one import InFull, Member, Taken
from khatma.store.readings import Session
from person.asking import clock_of, name_of
from person.known import Person

Row = Any
RECENT = 5


def khatma_answer(row: Row, actor: Actor) -> dict[str, Any]:
    """Return a row of `store.views` as contracts.khatma.khatmas.Khatma."""
    creator = {"id": row.creator_id, "fullname": name_of(actor, row.creator_id, row)}
    return _khatma(row) | {"creator": creator}


def _khatma(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "khatma_type": row.khatma_type,
        "target_days": row.target_days,
        "is_public": row.is_public,
        "parts_at_once": most_at_once(row.parts_at_once, is_public=row.is_public),
        "status": "active" if row.completed_at is None else "completed",
        "creator": None,  # who is named, the caller says
        "created_at": row.created_at,
        "starts_on": row.starts_on,
        "due_on": due_on(row.starts_on, row.target_days),
        "completed_at": row.completed_at,
        "completion_percentage": completion_percentage(row.done_parts),
        "participants_count": row.member_count,
        "my_chapters": row.my_chapters,
    }


def own_khatma_answer(
    khatma: Khatma, creator: Person, created_at: datetime, completed_at: datetime | None = None
) -> dict[str, Any]:
    """Return a khatma as its creator sees it, in the same shape."""
    return {
        "id": khatma.id,
        "name": khatma.name,
        "description": khatma.description,
        "khatma_type": khatma.khatma_type,
        "target_days": khatma.target_days,
        "is_public": khatma.is_public,
        "parts_at_once": khatma.most_at_once,
        "status": "active" if completed_at is None else "completed",
        "creator": {"id": creator.id, "fullname": creator.shown_name},
        "created_at": created_at,
        "starts_on": khatma.starts_on,
        "due_on": due_on(khatma.starts_on, khatma.target_days),
        "completed_at": completed_at,
        "completion_percentage": completion_percentage(len(khatma.parts.done)),
        "participants_count": len(khatma.members),
        "my_chapters": khatma.parts.of(creator.id),
    }


def open_answer(row: Row) -> dict[str, Any]:
    """Return a row of `store.homepage` as the contract's OpenKhatma.

    A creator is named to anybody where they said so; members read of each other anyhow.
    """
    is_named = row.visibility == "everybody"
    creator = {
        "id": row.creator_id if is_named else None,
        "fullname": (row.fullname or row.username) if is_named else "",
    }
    return _khatma(row) | {"creator": creator}


def in_full(found: InFull, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return what `store.one` found as contracts.khatma.khatmas.KhatmaInFull."""
    today = clock_of(actor, found.days).today(now)
    return _with_people(khatma_answer(found.row, actor), found.members, found.parts, actor, today)


def own_in_full(
    khatma: Khatma, creator: Person, created_at: datetime, actor: Actor
) -> dict[str, Any]:
    """Return a new khatma as its creator sees it, in the same shape."""
    copy = creator.username, creator.fullname, creator.version
    members = [Member(creator.id, created_at, *copy)]
    parts = [Taken(part.number, creator.id, created_at, None, *copy) for part in khatma.parts]
    shown = own_khatma_answer(khatma, creator, created_at)
    return _with_people(shown, members, parts, actor, creator.clock.today(created_at))


def _with_people(
    shown: dict[str, Any],
    members: Sequence[Member],
    parts: Sequence[Taken],
    actor: Actor,
    today: date,
) -> dict[str, Any]:
    taken = {part.number for part in parts}
    is_active = shown["completed_at"] is None
    is_participant = any(member.person_id == actor.id for member in members)
    is_at_one = any(part.person_id == actor.id and part.done_at is None for part in parts)
    available = [number for number in NUMBERS if number not in taken]
    last = sorted((part for part in parts if part.done_at), key=_done, reverse=True)[:RECENT]
    return shown | {
        "participants": [_participant(member, parts, actor) for member in members],
        "is_participant": is_participant,
        "can_join": bool(available)
        and not is_at_one
        and (is_participant or shown["khatma_type"] != PRIVATE),
        "available_chapters": available,
        "days_remaining": max((shown["due_on"] - today).days, 0) if is_active else 0,
        "start_date": shown["starts_on"],
        "end_date": shown["due_on"],
        "recent_sessions": [taken_part_answer(shown["id"], part, actor) for part in last],
    }


def _participant(member: Member, parts: Sequence[Taken], actor: Actor) -> dict[str, Any]:
    person = member.person_id
    held = [part.number for part in parts if part.person_id == person and part.done_at is None]
    done = [part for part in parts if part.person_id == person and part.done_at]
    last = max(done, key=_done).number if done else None
    return {
        "id": person,
        "user": {"id": person, "fullname": name_of(actor, person, member)},
        "joined_at": member.joined_at,
        "chapter_assigned": min(held, default=last),
        "is_chapter_completed": not held and last is not None,
    }


def _done(part: Taken) -> tuple[datetime | None, int]:
    return part.done_at, part.number


def reading_answer(session: Session) -> dict[str, Any]:
    """Return a session as the contract's Reading."""
    return {
        "id": session.id,
        "khatma": session.khatma_id,
        "chapter_assigned": session.number,
        "is_completed": session.is_completed,
        "reading_date": session.reading_date,
        "notes": session.notes,
        "created_at": session.created_at,
    }


def taken_part_answer(khatma: int, row: Row, actor: Actor) -> dict[str, Any]:
    """Return a row of `store.parts.page` as the contract's TakenPart."""
    return {
        "khatma": khatma,
        "chapter_assigned": row.number,
        "is_completed": row.done_at is not None,
        "user": {
            "id": row.person_id,
            "fullname": "" if row.person_id is None else name_of(actor, row.person_id, row),
        },
        "claimed_at": row.claimed_at,
        "completed_at": row.done_at,
    }
