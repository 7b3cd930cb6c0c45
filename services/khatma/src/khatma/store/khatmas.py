"""Khatmas, with their parts and members loaded for a command."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import Connection
from khatma.domain.khatma import Khatma
from khatma.domain.parts import Part, Parts

_ADD = text(
    """
    insert into khatma (name, description, khatma_type, target_days, is_public, creator_id,
        created_at, starts_on, open_parts, done_parts, member_count)
    values (:name, :description, :khatma_type, :target_days, :is_public, :creator,
        :now, :starts_on, :open, :done, :members)
    returning id
    """
)
# The lock comes first and alone: what a statement reads beside a lock that it had to wait for
# is older than the lock.
_LOCK = text(
    """
    select id, name, description, khatma_type, target_days, is_public, creator_id, starts_on
    from khatma where id = :id for update
    """
)
_LOAD = text(
    """
    select members.ids, parts.numbers, parts.people, parts.done
    from (
        select array_agg(person_id order by joined_at, person_id) as ids
        from member where khatma_id = :id
    ) as members, (
        select array_agg(number) as numbers, array_agg(person_id) as people,
               array_agg(done_at is not null) as done
        from part where khatma_id = :id
    ) as parts
    """
)
_SAVE = text(
    """
    update khatma
    set name = :name, description = :description, target_days = :target_days,
        is_public = :is_public, creator_id = :creator, member_count = :members,
        open_parts = :open, done_parts = :done,
        completed_at = case when :done = 30 then coalesce(completed_at, :now) end
    where id = :id
    """
)
_REMOVE = text("delete from khatma where id = :id")


def add(tx: Connection, khatma: Khatma, now: datetime) -> int:
    """Add the row of `khatma`, whose id is not known yet, with its counts; return its id.

    Its members and parts are for the caller to add.
    """
    values = {
        **_changeable(khatma, now),
        "khatma_type": khatma.khatma_type,
        "starts_on": khatma.starts_on,
    }
    number: int = tx.execute(_ADD, values).scalar_one()
    return number


def load(tx: Connection, khatma: int) -> Khatma | None:
    """Return the khatma with all parts and members, locked until the transaction ends, or None.

    Whoever locks more than a khatma locks their own person before it and readers after it.
    """
    row = tx.execute(_LOCK, {"id": khatma}).first()
    if row is None:
        return None
    return _khatma(row, tx.execute(_LOAD, {"id": khatma}).one())


def save(tx: Connection, khatma: Khatma, now: datetime) -> None:
    """Write the khatma's own row: what it says of itself, and the counts of what it holds."""
    tx.execute(_SAVE, {"id": khatma.id, **_changeable(khatma, now)})


def remove(tx: Connection, khatma: int) -> None:
    """Remove the khatma with its parts, members and invitations; readings stay their readers'."""
    tx.execute(_REMOVE, {"id": khatma})


def _changeable(khatma: Khatma, now: datetime) -> dict[str, Any]:
    return {
        "name": khatma.name,
        "description": khatma.description,
        "target_days": khatma.target_days,
        "is_public": khatma.is_public,
        "creator": khatma.creator,
        "members": len(khatma.members),
        "open": len(khatma.parts.open),
        "done": len(khatma.parts.done),
        "now": now,
    }


def _khatma(row: Row[Any], held: Row[Any]) -> Khatma:
    parts = zip(held.numbers or (), held.people or (), held.done or (), strict=True)
    return Khatma(
        id=row.id,
        name=row.name,
        description=row.description,
        khatma_type=row.khatma_type,
        is_public=row.is_public,
        target_days=row.target_days,
        starts_on=row.starts_on,
        creator=row.creator_id,
        members=tuple(held.ids or ()),
        parts=Parts(Part(*part) for part in parts),
    )
