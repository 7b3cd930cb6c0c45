"""Khatmas and readings in the shape of the contract."""

from datetime import datetime
from typing import Any

from contracts.rpc import Actor
from khatma.domain.figures import completion_percentage
from khatma.domain.khatma import Khatma, due_on
from khatma.domain.people import Person
from khatma.usecases.people import Row, name_of


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


def new_khatma_answer(khatma: Khatma, creator: Person, now: datetime) -> dict[str, Any]:
    """Return a khatma that its creator made at `now`, in the same shape."""
    return {
        "id": khatma.id,
        "name": khatma.name,
        "description": khatma.description,
        "khatma_type": khatma.khatma_type,
        "target_days": khatma.target_days,
        "is_public": khatma.is_public,
        "status": "active",
        "creator": {"id": creator.id, "fullname": creator.shown_name},
        "created_at": now,
        "starts_on": khatma.starts_on,
        "due_on": due_on(khatma.starts_on, khatma.target_days),
        "completed_at": None,
        "completion_percentage": 0.0,
        "participants_count": 1,
        "my_chapters": khatma.parts.claimed,
    }


def reading_answer(row: Row) -> dict[str, Any]:
    """Return a row of `store.readings` as contracts.khatma.methods.Reading."""
    return {
        "id": row.id,
        "khatma": row.khatma_id,
        "chapter_assigned": row.number,
        "is_completed": row.is_completed,
        "reading_date": row.reading_date,
        "notes": row.notes,
        "created_at": row.created_at,
    }
