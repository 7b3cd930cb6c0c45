"""Sessions as they were logged, and the pages that list them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text

from chassis.data import retention
from chassis.data.database import Database, Reader, Transaction
from practice.domain.days import EARLIEST
from practice.domain.totals import Facts

# What its owner has cleared and nobody has swept yet is there no more.
_LAST_CLEARED = "(select up_to from cleared where person = :person)"
_SHOWN = f"person = :person and id > coalesce({_LAST_CLEARED}, 0)"
# The statements below are put together from constants of this module alone.
_COLUMNS = "id, meditation_type, duration, notes, date, created_at, updated_at"
_ADD = text(
    f"""
    insert into session (person, {_COLUMNS}) overriding system value
    values (
        :person, :id, :meditation_type, :duration, :notes, :date, :created_at, :updated_at
    )
    """  # noqa: S608
)
_FIND = text(f"select {_COLUMNS} from session where {_SHOWN} and id = :id")  # noqa: S608
_REPLACE = text(
    f"""
    update session
    set meditation_type = :meditation_type, duration = :duration, notes = :notes, date = :date,
        updated_at = :now
    where person = :person and id = :id
    returning {_COLUMNS}
    """  # noqa: S608
)
_DELETE = text("delete from session where person = :person and id = :id")
_CLEAR = text(
    """
    insert into cleared (person, up_to)
    select person, id from session where person = :person order by id desc limit 1
    on conflict (person) do update set up_to = excluded.up_to
    """
)
_CLEARED = text("select person, up_to from cleared")
_SWEEP = text(
    """
    delete from session where person = :person and id in (
        select id from session where person = :person and id <= :up_to order by id limit :batch
    )
    returning 1
    """
)
_SWEPT = text("delete from cleared where person = :person and up_to <= :up_to")
EVERY = 2**63 - 1

# Each has an index that ends like it. Equal keys are in the order of id.
_ORDER = {
    None: "id desc",
    "date": "date, id",
    "-date": "date desc, id",
    "duration": "duration, id",
    "-duration": "duration desc, id",
}
# Counts come from totals wherever there are such totals. The keys say: of a type, of some days.
_COUNT = {
    (False, False): "select sessions from total where person = :person and period = 'all'",
    (True, False): (
        "select sessions from type_total "
        "where person = :person and meditation_type = :meditation_type"
    ),
    (False, True): (
        "select sum(sessions)::bigint from total "
        "where person = :person and period = 'day' and starts between :first_day and :last_day"
    ),
    (True, True): (
        "select (select count(*) from session where {all} and {only})"
        " + (select count(*) from since where {only})"
    ),
}
# Orders, types and days have indexes that know nothing of what was cleared: beside a million
# hidden rows they would be walked to their end. So they are read where nothing hides, and what was
# logged since a clearing is read by its id, and put in order, until the rest is swept. One of the
# two finds nothing, and looks at no session to find that out.
_ALL = f"person = :person and not exists {_LAST_CLEARED}"
_NEWEST = f"""
    with counted as materialized (select ({{count}}) as in_all)
    select in_all, {_COLUMNS} from counted, session where {_SHOWN} and {{wanted}}
    order by {{order}} limit :size offset :skipped
    """  # noqa: S608
_PAGE_IN_ORDER = f"""
    with since as materialized (
        select {_COLUMNS} from session where person = :person and id > {_LAST_CLEARED}
    ), counted as materialized (select ({{count}}) as in_all)
    select in_all, {_COLUMNS} from counted, (
        (select {_COLUMNS} from session where {_ALL} and {{wanted}}
         order by {{order}} limit :size offset :skipped)
        union all
        (select {_COLUMNS} from since where {{wanted}}
         order by {{order}} limit :size offset :skipped)
    ) as found order by {{order}}
    """  # noqa: S608


@dataclass(frozen=True)
class Session:
    """A logged session."""

    id: int
    meditation_type: str
    duration: int
    notes: str
    date: date
    created_at: datetime
    updated_at: datetime

    @property
    def facts(self) -> Facts:
        """What it counts for."""
        return Facts(self.meditation_type, self.duration, self.date)


@dataclass(frozen=True)
class Filter:
    """Which of a person's sessions to list; None leaves all in."""

    meditation_type: str | None = None
    first_day: date | None = None
    last_day: date | None = None


def add(tx: Transaction, person: int, session: Session) -> None:
    """Remember a new session, by the id that it was given with the lock of its person."""
    tx.tell(_ADD, person=person, **vars(session))


def find(reader: Reader, person: int, session: int) -> Session | None:
    """Return the session if it is the person's own."""
    return _session(reader.ask(_FIND, person=person, id=session))


def replace(
    tx: Transaction, person: int, session: int, *, facts: Facts, notes: str, now: datetime
) -> Session:
    """Remember a session of the person as it is from now on."""
    values = {"person": person, "id": session, "notes": notes, "now": now, **vars(facts)}
    return Session(*tx.ask(_REPLACE, **values)[0])


def delete(tx: Transaction, person: int, session: int) -> None:
    """Forget a session of the person."""
    tx.tell(_DELETE, person=person, id=session)


def clear(tx: Transaction, person: int) -> None:
    """Hide every session of the person; `sweep` deletes them afterwards.

    A million took 2.2 to 3.6 s to delete at once, of the 5 s that a statement may take.
    """
    tx.tell(_CLEAR, person=person)


def cleared(reader: Reader) -> list[tuple[int, int]]:
    """Return whose sessions wait to be swept, and up to which id."""
    return [(row.person, row.up_to) for row in reader.ask(_CLEARED)]


def sweep(db: Database, person: int, up_to: int) -> None:
    """Delete the person's sessions up to that id, in batches that hold no lock for long."""
    retention.delete_in_batches(db, _SWEEP, person=person, up_to=up_to)
    db.reader.ask(_SWEPT, person=person, up_to=up_to)


def page(
    reader: Reader, person: int, only: Filter, ordering: str | None, *, page: int, size: int
) -> Sequence[Any]:
    """Return a page of the person's sessions, as tuples of a count and the columns of a session.

    Args:
        only: Which sessions.
        ordering: date or duration, descending after a minus; newest first without.
        page: From 1 up.
        size: Sessions on a page.

    Returns:
        No row where the page is past the end. The count in each row is of all that `only` leaves.
    """
    dated = only.first_day is not None or only.last_day is not None
    return reader.ask(
        _page(ordering, only.meditation_type is not None, dated, page > 1),
        person=person,
        meditation_type=only.meditation_type,
        first_day=only.first_day or EARLIEST,
        last_day=only.last_day or date.max,
        size=size,
        skipped=(page - 1) * size,
    )


@cache
def _page(ordering: str | None, typed: bool, dated: bool, later: bool) -> TextClause:
    only = ["meditation_type = :meditation_type"] * typed
    only += ["date between :first_day and :last_day"] * dated
    count = _COUNT[typed, dated].format(all=_ALL, only=" and ".join(only))
    page = _PAGE_IN_ORDER if ordering or typed or dated else _NEWEST
    # Decided before any session is read: a page far past the end costs nothing.
    wanted = [*only, *[":skipped < (select in_all from counted)"] * later]
    return text(
        page.format(count=count, wanted=" and ".join(wanted) or "true", order=_ORDER[ordering])
    )


def _session(rows: Sequence[Any]) -> Session | None:
    return Session(*rows[0]) if rows else None
