"""All that a dashboard shows of khatma, in one question."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text

from chassis.data.transaction import Reader
from khatma.store import figures, views
from khatma.store.readings import Session
from khatma.store.wanted import OWN_ACTIVE

# A row for each khatma, the first of which carries the figures; without a khatma it is the only
# one. The sessions come as an array for each column, in the order of the inner select.
_DASHBOARD = text(
    f"""
    select listed.*, mine.*
    from (
        select 1 as place, {figures.COLUMNS}, latest.*
        from {figures.MINE} cross join (
            select array_agg(id) as ids, array_agg(khatma_id) as khatmas,
                array_agg(number) as numbers, array_agg(is_completed) as completed,
                array_agg(reading_date) as dates, array_agg(notes) as notes,
                array_agg(created_at) as created
            from (
                select * from reading where person_id = :me order by id desc limit 5
            ) as newest
        ) as latest
    ) as mine full join (
        select {views.COLUMNS}, row_number() over (order by khatma.id desc) as place
        from ({OWN_ACTIVE}) as page
        cross join lateral (select * from khatma where id = page.khatma_id limit 1) as khatma
        {views.CREATOR}
    ) as listed on listed.place = mine.place
    order by listed.place
    """  # noqa: S608
)


class _Mine(NamedTuple):
    """The columns of `mine`, some of which a khatma has by the same name."""

    place: int
    active_khatmas: int | None
    completed_khatmas: int | None
    chapters: int | None
    achievements: int | None
    timezone: str | None
    day_starts_at: int | None
    version: int | None
    days: list[date] | None
    counts: list[int] | None
    firsts: list[date] | None
    lasts: list[date] | None
    ids: list[int] | None
    khatmas: Any
    numbers: Any
    completed: Any
    dates: Any
    notes: Any
    created: Any


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What a dashboard shows.

    Attributes:
        reader: As `figures.reader` returns it.
        latest: The reader's five latest sessions, newest first.
        active: Up to 200 khatmas of theirs that are not completed, newest first, as `lists.some`
            returns them.
    """

    reader: Any
    latest: list[Session]
    active: list[Any]


def dashboard(reader: Reader, me: int, utc_today: date) -> Dashboard:
    """Return the dashboard of `me`."""
    rows = reader.ask(_DASHBOARD, **figures.asked(me, utc_today), after=views.NEWEST)
    mine = _Mine(*rows[0][-len(_Mine._fields) :])
    return Dashboard(mine, _latest(mine, me), [row for row in rows if row.id is not None])


def _latest(mine: _Mine, me: int) -> list[Session]:
    if mine.ids is None:
        return []
    rest = mine.numbers, mine.completed, mine.dates, mine.notes, mine.created
    columns = zip(mine.ids, mine.khatmas, *rest, strict=True)
    return [Session(id, of, me, *more) for id, of, *more in columns]
