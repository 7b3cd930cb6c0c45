"""Khatmas, with their parts and members loaded for a command."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Transaction
from khatma.domain.khatma import Khatma
from khatma.domain.parts import Part, Parts
from khatma.store.people import people
from khatma.store.readings import Session
from khatma.store.words import KEPT, as_text
from person.known import Person

_ADD = text(
    f"""
    with made as (
        insert into khatma (id, name, description, khatma_type, target_days, is_public,
            parts_at_once, creator_id, created_at, starts_on, open_parts, done_parts,
            member_count, words) overriding system value
        values (:id, :name, :description, :khatma_type, :target_days, :is_public,
            :parts_at_once, :creator, :now, :starts_on, :open, :done, :members,
            {KEPT.format(words="cast(:words as text)")})
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
    """  # noqa: S608
)
# Two statements in one message. They stay two: what one statement reads beside a lock that it
# had to wait for is older than the lock.
_LOCK = text("select from khatma where id = :id for update")
_LOADED = """
    select person.username, person.fullname, person.timezone, person.day_starts_at,
           person.visibility, person.version, person.deleted_at,
           khatma.id, name, description, khatma_type, target_days, is_public, creator_id,
           inherited, parts_at_once, starts_on, khatma.created_at, completed_at,
           members.ids, parts.numbers, parts.people, parts.done, parts.chosen,
           exists (
               select from invitation where person_id = :person and khatma_id = :id
           ) as is_invited {columns}
    from person left join khatma on khatma.id = :id, (
        select array_agg(person_id order by joined_at, person_id) as ids
        from member where khatma_id = :id
    ) as members, (
        select array_agg(number) as numbers, array_agg(person_id) as people,
               array_agg(done_at) as done, array_agg(chosen) as chosen
        from part where khatma_id = :id
    ) as parts {tables}
    where person.id = :person
"""
_LOAD = text(_LOADED.format(columns="", tables=""))
# The id of a session that is not there yet is taken beforehand: so a command that answers with
# it needs no message to learn it. One that is refused leaves a gap.
_LOAD_WITH_SESSION = text(
    _LOADED.format(
        columns=""", coalesce(session.id, nextval('reading_id_seq')) as session_id,
            session.is_completed as was_completed, session.reading_date as was_read_on,
            session.notes as noted, session.created_at as logged_at
        """,
        tables="""
            left join lateral (
                select id, is_completed, reading_date, notes, created_at from reading
                where person_id = :person and number = :number and khatma_id = :id limit 1
            ) as session on true
        """,
    )
)
_CHANGE = text(
    """
    update khatma
    set name = :name, description = :description, target_days = :target_days,
        is_public = :is_public, parts_at_once = :parts_at_once, creator_id = :creator,
        inherited = :inherited,
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
        session_id: Where a part was named, the id of the asker's session on it, or the one that a
            new session gets.
        session: Their session on that part, if there is one.
    """

    asker: Person
    khatma: Khatma
    is_invited: bool
    created_at: datetime
    completed_at: datetime | None
    session_id: int = 0
    session: Session | None = None


def add(tx: Transaction, khatma: Khatma, words: Sequence[str], now: datetime) -> None:
    """Add a new khatma, whose only member is its creator, to be found by `words`."""
    values = {
        **_changeable(khatma, now),
        "id": khatma.id,
        "khatma_type": khatma.khatma_type,
        "starts_on": khatma.starts_on,
        "numbers": khatma.parts.claimed,
        "words": as_text(words),
    }
    tx.tell(_ADD, **values)


def lock(
    tx: Transaction, khatma: int, person: int, *, number: int | None = None
) -> tuple[Person, Locked | None]:
    """Return `person`, of whom there is a copy, and the khatma, locked until the end, or None.

    Whoever locks more than a khatma locks people before it and readers after it. What was told
    before goes in the same message. With `number`, their session on that part comes with it.
    """
    tx.tell(_LOCK, id=khatma)
    if number is None:
        row = tx.ask(_LOAD, id=khatma, person=person)[0]
    else:
        row = tx.ask(_LOAD_WITH_SESSION, id=khatma, person=person, number=number)[0]
    asker = people.of(person, row)
    if row.id is None:
        return asker, None
    return asker, Locked(
        asker=asker,
        khatma=_khatma(row),
        is_invited=row.is_invited,
        created_at=row.created_at,
        completed_at=row.completed_at,
        session_id=0 if number is None else row.session_id,
        session=None if number is None else _session(row, person, number),
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
        "parts_at_once": khatma.parts_at_once,
        "creator": khatma.creator,
        "members": len(khatma.members),
        "open": len(khatma.parts.open),
        "done": len(khatma.parts.done),
        "now": now,
    }


def _khatma(row: Any) -> Khatma:
    columns = row.numbers or (), row.people or (), row.done or (), row.chosen or ()
    parts = zip(*columns, strict=True)
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
        parts_at_once=row.parts_at_once,
    )


def _session(row: Any, person: int, number: int) -> Session | None:
    if row.logged_at is None:
        return None
    return Session(
        id=row.session_id,
        khatma_id=row.id,
        person_id=person,
        number=number,
        is_completed=row.was_completed,
        reading_date=row.was_read_on,
        notes=row.noted,
        created_at=row.logged_at,
    )
