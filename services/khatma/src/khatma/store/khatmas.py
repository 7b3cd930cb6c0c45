"""Khatmas, with their parts and members loaded for a command."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.data.database import Connection
from khatma.domain.khatma import Khatma
from khatma.domain.parts import Part, Parts

_ADD = text(
    """
    with made as (
        insert into khatma (name, description, khatma_type, target_days, is_public, creator_id,
            created_at, starts_on, open_parts, done_parts, member_count)
        values (:name, :description, :khatma_type, :target_days, :is_public, :creator,
            :now, :starts_on, :open, :done, :members)
        returning id
    ), joined as (
        insert into member (khatma_id, person_id, joined_at) select id, :creator, :now from made
    ), claimed as (
        insert into part (khatma_id, number, person_id, claimed_at)
        select id, number, :creator, :now
        from made, unnest(cast(:numbers as smallint[])) as number
    ), credited as (
        insert into reader (person_id, active_khatmas) values (:creator, 1)
        on conflict (person_id) do update set active_khatmas = reader.active_khatmas + 1
    )
    select id from made
    """
)
# Two statements in one round trip. They stay two: what one statement reads beside a lock that it
# had to wait for is older than the lock.
_LOAD = text(
    """
    select from khatma where id = :id for update;
    select khatma.id, name, description, khatma_type, target_days, is_public, creator_id,
           inherited, starts_on, members.ids, parts.numbers, parts.people, parts.done
    from khatma, (
        select array_agg(person_id order by joined_at, person_id) as ids
        from member where khatma_id = :id
    ) as members, (
        select array_agg(number) as numbers, array_agg(person_id) as people,
               array_agg(done_at is not null) as done
        from part where khatma_id = :id
    ) as parts
    where khatma.id = :id
    """
)
_SAVE = text(
    """
    update khatma
    set name = :name, description = :description, target_days = :target_days,
        is_public = :is_public, creator_id = :creator, inherited = :inherited,
        member_count = :members, open_parts = :open, done_parts = :done,
        completed_at = case when :done = 30 then coalesce(completed_at, :now) end
    where id = :id
    """
)
_REMOVE = text("delete from khatma where id = :id")


def add(tx: Connection, khatma: Khatma, now: datetime) -> int:
    """Add a new khatma, whose only member is its creator; return its id."""
    values = {
        **_changeable(khatma, now),
        "khatma_type": khatma.khatma_type,
        "starts_on": khatma.starts_on,
        "numbers": khatma.parts.claimed,
    }
    number: int = tx.execute(_ADD, values).scalar_one()
    return number


def load(tx: Connection, khatma: int) -> Khatma | None:
    """Return the khatma with all parts and members, locked until the transaction ends, or None.

    Whoever locks more than a khatma locks their own person before it and readers after it.
    """
    row = tx.execute(_LOAD, {"id": khatma}).first()
    return None if row is None else _khatma(row)


def save(tx: Connection, khatma: Khatma, now: datetime) -> None:
    """Write the khatma's own row: what it says of itself, and the counts of what it holds."""
    values = {"id": khatma.id, "inherited": khatma.inherited, **_changeable(khatma, now)}
    tx.execute(_SAVE, values)


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


def _khatma(row: Row[Any]) -> Khatma:
    parts = zip(row.numbers or (), row.people or (), row.done or (), strict=True)
    return Khatma(
        id=row.id,
        name=row.name,
        description=row.description,
        khatma_type=row.khatma_type,
        is_public=row.is_public,
        target_days=row.target_days,
        starts_on=row.starts_on,
        creator=row.creator_id,
        members=tuple(row.ids or ()),
        parts=Parts(Part(*part) for part in parts),
        inherited=row.inherited,
    )
