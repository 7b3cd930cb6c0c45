"""Reading sessions, and what a khatma's days add up to."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Reader, Transaction

_NEWEST = 2**63 - 1
_COLUMNS = "id, khatma_id, number, is_completed, reading_date, notes, created_at"

# Adds a session and counts it in the khatma's day; the values are those of `Session.values`.
# The khatma is locked, so nobody else logs this person's first session of the day meanwhile.
ADDED = """
    counted as (
        insert into khatma_day (khatma_id, day, chapters, readers)
        select cast(:khatma as bigint), cast(:day as date),
            cast(cast(:is_completed as boolean) as integer),
            case when exists (
                select from reading
                where khatma_id = :khatma and person_id = :person and reading_date = :day
            ) then 0 else 1 end
        on conflict (khatma_id, day) do update
        set chapters = khatma_day.chapters + excluded.chapters,
            readers = khatma_day.readers + excluded.readers
    ), added as (
        insert into reading
            (person_id, khatma_id, number, is_completed, reading_date, notes, created_at)
        values (:person, :khatma, :number, :is_completed, :day, :notes, :now)
        returning id
    )
"""
_ADD = text(f"with {ADDED} select id from added")  # noqa: S608
# How many are wanted is said with each: the plan follows from it.
_OWN = f"select {_COLUMNS} from reading where person_id = :me and id < :after order by id desc"  # noqa: S608
_PAGE = text(f"{_OWN} limit 200")
_PAGE_OF_KHATMA = text(
    f"""
    select {_COLUMNS} from reading where person_id = :me and khatma_id = :khatma and id < :after
    order by id desc limit 200
    """  # noqa: S608
)
_FIND = text(f"select {_COLUMNS} from reading where id = :id and person_id = :me")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is about to be added."""

    khatma_id: int
    person_id: int
    number: int
    is_completed: bool
    reading_date: date
    notes: str
    created_at: datetime

    @property
    def values(self) -> dict[str, Any]:
        """The values of a statement that adds it."""
        return {
            "khatma": self.khatma_id,
            "person": self.person_id,
            "number": self.number,
            "is_completed": self.is_completed,
            "day": self.reading_date,
            "notes": self.notes,
            "now": self.created_at,
        }


def add(tx: Transaction, session: Session) -> int:
    """Add a session and count it in the khatma's day; return its id."""
    number: int = tx.ask(_ADD, **session.values)[0].id
    return number


def find(reader: Reader, reading: int, me: int) -> Any | None:
    """Return the session where it is `me` who read."""
    return next(iter(reader.ask(_FIND, id=reading, me=me)), None)


def page(reader: Reader, me: int, *, khatma: int | None, after: int | None) -> list[Any]:
    """Return up to 200 sessions of `me`, newest first, of one khatma or of all.

    Args:
        reader: Asks.
        me: Who looks.
        khatma: None for all.
        after: Id of the last session of the page before.
    """
    if khatma is None:
        return reader.ask(_PAGE, me=me, after=after or _NEWEST)
    return reader.ask(_PAGE_OF_KHATMA, me=me, khatma=khatma, after=after or _NEWEST)
