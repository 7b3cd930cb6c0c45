"""Khatmas, with their parts and members loaded for a command."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Transaction
from khatma.domain.khatma import Khatma
from khatma.domain.parts import Part, Parts
from khatma.store.people import people
from person.known import Person

_ADD = text(
    """
    with made as (
        insert into khatma (id, name, description, khatma_type, target_days, is_public, creator_id,
            created_at, starts_on, open_parts, done_parts, member_count) overriding system value
        values (:id, :name, :description, :khatma_type, :target_days, :is_public, :creator,
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
# Two statements in one message. They stay two: what one statement reads beside a lock that it
# had to wait for is older than the lock.
_LOCK = text("select from khatma where id = :id for update")
_LOAD = text(
    """
    select person.username, person.fullname, person.timezone, person.day_starts_at,
           person.version, person.deleted_at,
           khatma.id, name, description, khatma_type, target_days, is_public, creator_id,
           inherited, starts_on, created_at, completed_at,
           members.ids, parts.numbers, parts.people, parts.done,
           exists (
               select from invitation where person_id = :person and khatma_id = :id
           ) as is_invited
    from person left join khatma on khatma.id = :id, (
        select array_agg(person_id order by joined_at, person_id) as ids
        from member where khatma_id = :id
    ) as members, (
        select array_agg(number) as numbers, array_agg(person_id) as people,
               array_agg(done_at is not null) as done
        from part where khatma_id = :id
    ) as parts
    where person.id = :person
    """
)
_CHANGE = text(
    """
    update khatma
    set name = :name, description = :description, target_days = :target_days,
        is_public = :is_public, creator_id = :creator, inherited = :inherited,
        member_count = :members, open_parts = :open, done_parts = :done,
        completed_at = case
            when cast(:done as smallint) = 30 then coalesce(completed_at, :now)
        end
    where id = :id
    """
)
_REMOVE = text("delete from khatma where id = :id")


@dataclass(frozen=True, slots=True)
class Locked:
    """A khatma that is locked, as it is, and who asked for it.

    Attributes:
        asker: Their copy.
        khatma: With all parts and members.
        is_invited: Whether the asker has an open invitation.
        created_at: When it was made.
        completed_at: When its last part was done; None where some are not.
    """

    asker: Person
    khatma: Khatma
    is_invited: bool
    created_at: datetime
    completed_at: datetime | None


def add(tx: Transaction, khatma: Khatma, now: datetime) -> None:
    """Add a new khatma, whose only member is its creator."""
    values = {
        **_changeable(khatma, now),
        "id": khatma.id,
        "khatma_type": khatma.khatma_type,
        "starts_on": khatma.starts_on,
        "numbers": khatma.parts.claimed,
    }
    tx.tell(_ADD, **values)


def lock(tx: Transaction, khatma: int, person: int) -> tuple[Person, Locked | None]:
    """Return `person`, of whom there is a copy, and the khatma, locked until the end, or None.

    Whoever locks more than a khatma locks people before it and readers after it. What was told
    before goes in the same message.
    """
    tx.tell(_LOCK, id=khatma)
    row = tx.ask(_LOAD, id=khatma, person=person)[0]
    asker = people.of(person, row)
    if row.id is None:
        return asker, None
    return asker, Locked(
        asker=asker,
        khatma=_khatma(row),
        is_invited=row.is_invited,
        created_at=row.created_at,
        completed_at=row.completed_at,
    )


def change(tx: Transaction, khatma: Khatma, now: datetime) -> None:
    """Write the khatma's own row: what it says of itself, and the counts of what it holds."""
    tx.tell(_CHANGE, id=khatma.id, inherited=khatma.inherited, **_changeable(khatma, now))


def remove(tx: Transaction, khatma: int) -> None:
    """Remove the khatma with its parts, members and invitations; readings stay their readers'."""
    tx.tell(_REMOVE, id=khatma)


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


def _khatma(row: Any) -> Khatma:
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
