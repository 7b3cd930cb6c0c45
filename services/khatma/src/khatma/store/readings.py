"""Reading sessions, one for each khatma, member and part, and what a khatma's days add up to."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Reader, Transaction

_NEWEST = 2**63 - 1
COLUMNS = "id, khatma_id, person_id, number, is_completed, reading_date, notes, created_at"

# Keeps a session, and counts one that finishes its part in the khatma's day; the values are those
# of `Session.values`. The khatma is locked, so nobody else finishes this person's first part of
# the day meanwhile. Where the session was completed, `_LEAVE_DAY` comes before.
KEPT = f"""
    counted as (
        insert into khatma_day (khatma_id, day, chapters, readers)
        select cast(:khatma as bigint), cast(:day as date), 1,
            case when exists (
                select from reading
                where khatma_id = :khatma and person_id = :person and reading_date = :day
                    and is_completed
            ) then 0 else 1 end
        where cast(:is_completed as boolean)
        on conflict (khatma_id, day) do update
        set chapters = khatma_day.chapters + excluded.chapters,
            readers = khatma_day.readers + excluded.readers
    ), kept as (
        insert into reading ({COLUMNS}, updated_at) overriding system value
        values (:session, :khatma, :person, :number, :is_completed, :day, :notes, :made, :now)
        on conflict (person_id, number, khatma_id) do update
        set is_completed = excluded.is_completed, reading_date = excluded.reading_date,
            notes = excluded.notes, updated_at = excluded.updated_at
    )
"""  # noqa: S608
_KEEP = text(f"with {KEPT} select")
_NOTE = text("update reading set notes = :notes, updated_at = :now where id = :session")
_LEAVE_DAY = text(
    """
    update khatma_day
    set chapters = chapters - 1,
        readers = readers - case when exists (
            select from reading
            where khatma_id = :khatma and person_id = :person and reading_date = :day
                and is_completed and number <> :number
        ) then 0 else 1 end
    where khatma_id = :khatma and day = :day
    """
)
# How many are wanted is said with each: the plan follows from it.
_OWN = f"select {COLUMNS} from reading where person_id = :me and id < :after order by id desc"  # noqa: S608
_PAGE = text(f"{_OWN} limit 200")
_PAGE_OF_KHATMA = text(
    f"""
    select {COLUMNS} from reading where person_id = :me and khatma_id = :khatma and id < :after
    order by id desc limit 200
    """  # noqa: S608
)
_FIND = text(f"select {COLUMNS} from reading where id = :id and person_id = :me")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Session:
    """What a member said of a part; it is changed by saying it again."""

    id: int
    khatma_id: int
    person_id: int
    number: int
    is_completed: bool
    reading_date: date
    notes: str
    created_at: datetime

    def values(self, now: datetime) -> dict[str, Any]:
        """Return the values of a statement that keeps it."""
        return {
            "session": self.id,
            "khatma": self.khatma_id,
            "person": self.person_id,
            "number": self.number,
            "is_completed": self.is_completed,
            "day": self.reading_date,
            "notes": self.notes,
            "made": self.created_at,
            "now": now,
        }


def leave_day(tx: Transaction, before: Session | None) -> None:
    """Take what the session was before out of its day, which only a finished one counts in."""
    if before is None or not before.is_completed:
        return
    tx.tell(
        _LEAVE_DAY,
        khatma=before.khatma_id,
        person=before.person_id,
        number=before.number,
        day=before.reading_date,
    )


def keep(tx: Transaction, before: Session | None, after: Session, now: datetime) -> None:
    """Keep a session as it is from now on, in place of what it was, and count it in its day."""
    leave_day(tx, before)
    tx.tell(_KEEP, **after.values(now))


def note(tx: Transaction, before: Session, after: Session, now: datetime) -> None:
    """Keep the notes of a session, which counts as it did."""
    if before != after:
        tx.tell(_NOTE, session=after.id, notes=after.notes, now=now)


def find(reader: Reader, reading: int, me: int) -> Session | None:
    """Return the session where it is `me` who read."""
    return next((as_session(row) for row in reader.ask(_FIND, id=reading, me=me)), None)


def page(reader: Reader, me: int, *, khatma: int | None, after: int | None) -> list[Session]:
    """Return up to 200 sessions of `me`, newest first, of one khatma or of all.

    Args:
        reader: Asks.
        me: Who looks.
        khatma: None for all.
        after: Id of the last session of the page before.
    """
    if khatma is None:
        rows = reader.ask(_PAGE, me=me, after=after or _NEWEST)
    else:
        rows = reader.ask(_PAGE_OF_KHATMA, me=me, khatma=khatma, after=after or _NEWEST)
    return [as_session(row) for row in rows]


def as_session(row: Any) -> Session:
    """Return the session in a row of `COLUMNS`."""
    return Session(*row)
