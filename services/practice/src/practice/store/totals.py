"""Totals by window and by type, moved in the transaction of the session's change."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Reader, Transaction
from practice.domain.streaks import Run
from practice.domain.totals import Amount, Moves
from practice.domain.windows import window

# The statements below are put together from constants of this module alone. Each moves windows
# and types in one round trip.
_WINDOWS = """
    unnest(
        cast(:periods as text[]), cast(:starts as date[]),
        cast(:minutes as bigint[]), cast(:sessions as bigint[])
    ) as moved (period, starts, minutes, sessions)
"""
_TYPES = """
    unnest(
        cast(:types as text[]), cast(:type_minutes as bigint[]), cast(:type_sessions as bigint[])
    ) as moved (meditation_type, minutes, sessions)
"""
_THIS_WINDOW = """
    total.person = :person and total.period = moved.period and total.starts = moved.starts
"""
_THIS_TYPE = """
    type_total.person = :person and type_total.meditation_type = moved.meditation_type
"""
_GROW = text(
    f"""
    with types as (
        insert into type_total (person, meditation_type, minutes, sessions)
        select cast(:person as bigint), meditation_type, minutes, sessions from {_TYPES}
        on conflict (person, meditation_type) do update
            set minutes = type_total.minutes + excluded.minutes,
                sessions = type_total.sessions + excluded.sessions
    )
    insert into total (person, period, starts, minutes, sessions, reached_at)
    select cast(:person as bigint), period, starts, minutes, sessions, cast(:now as timestamptz)
    from {_WINDOWS}
    on conflict (person, period, starts) do update
        set minutes = total.minutes + excluded.minutes,
            sessions = total.sessions + excluded.sessions,
            reached_at = excluded.reached_at
    """  # noqa: S608
)
_EMPTY = text(
    f"""
    with types as (
        delete from type_total using {_TYPES}
        where {_THIS_TYPE} and type_total.sessions + moved.sessions = 0
    )
    delete from total using {_WINDOWS}
    where {_THIS_WINDOW} and total.sessions + moved.sessions = 0
    """  # noqa: S608
)
_MOVE = text(
    f"""
    with types as (
        update type_total
        set minutes = type_total.minutes + moved.minutes,
            sessions = type_total.sessions + moved.sessions
        from {_TYPES} where {_THIS_TYPE}
    )
    update total
    set minutes = total.minutes + moved.minutes, sessions = total.sessions + moved.sessions,
        reached_at = :now
    from {_WINDOWS} where {_THIS_WINDOW}
    """  # noqa: S608
)
_DELETE = text("delete from total where person = :person")
_DELETE_TYPES = text("delete from type_total where person = :person")
_ALL_TIME = text("select minutes, sessions from total where person = :person and period = 'all'")
# With how the person counts days, by which the day was chosen.
_RECENT = text(
    """
    select
        coalesce((
            select minutes from total
            where person = :person and period = 'day' and starts = cast(:day as date)
        ), 0) as of_day,
        coalesce((
            select minutes from total
            where person = :person and period = 'week' and starts = cast(:week as date)
        ), 0) as of_week,
        copy.timezone, copy.day_starts_at, copy.version
    from (values (1)) as always left join person as copy on copy.id = :person
    """
)
# Days in a row share the difference between a day and its place among the person's days.
_FIGURES = text(
    """
    select 'all' as kind, null as meditation_type, null::date as first, null::date as last,
           minutes, sessions
    from total where person = :person and period = 'all'
    union all
    select 'type', meditation_type, null, null, minutes, sessions
    from type_total where person = :person
    union all
    select 'day', null, starts, starts, minutes, sessions
    from total where person = :person and period = 'day' and starts between :first_day and :today
    union all
    select 'run', null, min(starts), max(starts), null, null
    from (
        select starts, starts - cast(row_number() over (order by starts) as integer) as run
        from total where person = :person and period = 'day'
    ) as practised
    group by run
    """
)

_NOTHING = Moves({}, {})


@dataclass
class Figures:
    """All that a person's practice adds up to.

    Attributes:
        total: Of all time.
        by_type: For each type practised.
        by_day: For each day practised, of the days asked for.
        runs: Every run of days practised.
    """

    total: Amount = field(default_factory=Amount)
    by_type: dict[str, Amount] = field(default_factory=dict)
    by_day: dict[date, Amount] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)


def move(tx: Transaction, person: int, moves: Moves, now: datetime) -> None:
    """Move the person's totals. The caller holds the lock of the person.

    What gains a session may be new and is added; what does not is there already.
    """
    grown, moved = _parted(moves)
    if grown != _NOTHING:
        tx.tell(_GROW, **_arrays(person, grown), now=now)
    if moved != _NOTHING:
        values = _arrays(person, moved)
        tx.tell(_EMPTY, **values)
        tx.tell(_MOVE, **values, now=now)


def delete_all(tx: Transaction, person: int) -> Amount:
    """Forget every total of the person, and return what it was of all time."""
    rows = tx.ask(_ALL_TIME, person=person)
    tx.tell(_DELETE, person=person)
    tx.tell(_DELETE_TYPES, person=person)
    return Amount(*rows[0]) if rows else Amount()


def recent(reader: Reader, person: int, day: date) -> Any:
    """Return the person's minutes `of_day` and `of_week`, and their copy's clock."""
    week = window("week", day).starts
    return reader.ask(_RECENT, person=person, day=day, week=week)[0]


def figures(reader: Reader, person: int, first_day: date, today: date) -> Figures:
    """Return the person's figures, all of the same moment; days from `first_day` to `today`."""
    found = Figures()
    rows: Sequence[Any] = reader.ask(_FIGURES, person=person, first_day=first_day, today=today)
    for kind, meditation_type, first, last, minutes, sessions in rows:
        match kind:
            case "all":
                found.total = Amount(minutes, sessions)
            case "type":
                found.by_type[meditation_type] = Amount(minutes, sessions)
            case "day":
                found.by_day[first] = Amount(minutes, sessions)
            case "run":
                found.runs.append(Run(first, last))
    return found


def _parted(moves: Moves) -> tuple[Moves, Moves]:
    grown, moved = Moves({}, {}), Moves({}, {})
    for moved_window, by in moves.windows.items():
        (grown if by.sessions > 0 else moved).windows[moved_window] = by
    for meditation_type, by in moves.types.items():
        (grown if by.sessions > 0 else moved).types[meditation_type] = by
    return grown, moved


def _arrays(person: int, moves: Moves) -> dict[str, Any]:
    return {
        "person": person,
        "periods": [window.name for window in moves.windows],
        "starts": [window.starts for window in moves.windows],
        "minutes": [by.minutes for by in moves.windows.values()],
        "sessions": [by.sessions for by in moves.windows.values()],
        "types": list(moves.types),
        "type_minutes": [by.minutes for by in moves.types.values()],
        "type_sessions": [by.sessions for by in moves.types.values()],
    }
