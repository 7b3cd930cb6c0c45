"""Reading sessions, and what a khatma's days add up to."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.data.database import Connection, Database

LIMIT = 200
_NEWEST = 2**63 - 1
_COLUMNS = "id, khatma_id, number, is_completed, reading_date, notes, created_at"

# The khatma is locked, so nobody else logs this person's first session of the day meanwhile.
_ADD = text(
    """
    with counted as (
        insert into khatma_day (khatma_id, day, chapters, readers)
        select :khatma, :day, :chapters, case when exists (
            select from reading
            where khatma_id = :khatma and person_id = :person and reading_date = :day
        ) then 0 else 1 end
        on conflict (khatma_id, day) do update
        set chapters = khatma_day.chapters + excluded.chapters,
            readers = khatma_day.readers + excluded.readers
    )
    insert into reading
        (person_id, khatma_id, number, is_completed, reading_date, notes, created_at)
    values (:person, :khatma, :number, :is_completed, :day, :notes, :now)
    returning id, person_id, khatma_id, number, is_completed, reading_date, notes, created_at
    """
)
_OWN = text(
    f"""
    select {_COLUMNS} from reading where person_id = :me and id < :after
    order by id desc limit :limit
    """  # noqa: S608
)
_ONE = text(f"select {_COLUMNS} from reading where id = :id and person_id = :me")  # noqa: S608
_OWN_IN_KHATMA = text(
    f"""
    select {_COLUMNS} from reading where person_id = :me and khatma_id = :khatma and id < :after
    order by id desc limit :limit
    """  # noqa: S608
)


def add(
    tx: Connection,
    *,
    khatma: int,
    person: int,
    number: int,
    is_completed: bool,
    day: date,
    notes: str,
    now: datetime,
) -> Row[Any]:
    """Add a session and count it in the khatma's day; return its row."""
    values = {
        "khatma": khatma,
        "person": person,
        "number": number,
        "is_completed": is_completed,
        "chapters": int(is_completed),
        "day": day,
        "notes": notes,
        "now": now,
    }
    return tx.execute(_ADD, values).one()


def one(db: Database, reading: int, me: int) -> Row[Any] | None:
    """Return the session where it is `me` who read."""
    return next(iter(db.read(_ONE, id=reading, me=me)), None)


def own(
    db: Database,
    me: int,
    *,
    khatma: int | None = None,
    after: int | None = None,
    limit: int = LIMIT,
) -> Sequence[Row[Any]]:
    """Return sessions of `me`, newest first, of one khatma or of all."""
    if khatma is None:
        return db.read(_OWN, me=me, after=after or _NEWEST, limit=limit)
    return db.read(_OWN_IN_KHATMA, me=me, khatma=khatma, after=after or _NEWEST, limit=limit)
