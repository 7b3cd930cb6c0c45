"""Khatmas and readings in the shape of the contract."""

from datetime import datetime
from typing import Any

from contracts.rpc import Actor
from khatma.domain.figures import completion_percentage
from khatma.domain.khatma import Khatma, due_on
from person.asking import name_of
from person.known import Person

Row = Any


def khatma_answer(row: Row, actor: Actor) -> dict[str, Any]:
    """Return a row of `store.views` as contracts.khatma.methods.Khatma."""
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "khatma_type": row.khatma_type,
        "target_days": row.target_days,
        "is_public": row.is_public,
        "status": "active" if row.completed_at is None else "completed",
        "creator": {"id": row.creator_id, "fullname": name_of(actor, row.creator_id, row)},
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


def reading_answer(reading: int, session: Row) -> dict[str, Any]:
    """Return a session of `store.readings`, whose id is `reading`, as the contract's Reading."""
    return {
        "id": reading,
        "khatma": session.khatma_id,
        "chapter_assigned": session.number,
        "is_completed": session.is_completed,
        "reading_date": session.reading_date,
        "notes": session.notes,
        "created_at": session.created_at,
    }
