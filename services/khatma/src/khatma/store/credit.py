"""What a reader has finished over a lifetime. Leaving and deleted khatmas take nothing of it.

A command locks readers after its khatma; one that changes several changes all of them before it
credits any.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text

from chassis.data.database import Connection
from khatma.domain.parts import NUMBERS
from khatma.domain.streaks import Streak
from person.clock import DAY

_AROUND = timedelta(days=29)

# Rows are locked in the order of their ids before any of them changes.
_IN_ORDER = """
    from (
        select person_id from reader where person_id = any(:people) order by person_id for update
    ) as locked
    where reader.person_id = locked.person_id
"""
_STOP = text(
    f"update reader set active_khatmas = active_khatmas - 1 {_IN_ORDER}"  # noqa: S608
)
_COMPLETE = text(
    f"""
    update reader
    set active_khatmas = active_khatmas - 1, completed_khatmas = completed_khatmas + 1
    {_IN_ORDER}
    """  # noqa: S608
)
# The lock is a statement of its own: what is read after it sees what the one before committed,
# who may have finished a chapter in another khatma. Its own chapter is not among it.
_CREDIT = text(
    """
    select from reader where person_id = :person for update;
    with lifetime as (
        update reader set chapters = chapters + 1, juz_done = juz_done | :juz
        where person_id = :person returning juz_done
    ), that_day as (
        insert into reader_day (person_id, day, chapters) values (:person, :day, 1)
        on conflict (person_id, day) do update set chapters = reader_day.chapters + 1
        returning chapters
    ), near as (
        select first_day, last_day from streak
        where person_id = :person and last_day >= :day_before order by last_day limit 2
    )
    select lifetime.juz_done, that_day.chapters,
        array(
            select day from reader_day
            where person_id = :person and day between :earliest and :latest
        ) as days,
        array(select first_day from near order by last_day) as firsts,
        array(select last_day from near order by last_day) as lasts,
        array(select achievement from achievement where person_id = :person) as earned
    from lifetime, that_day
    """
)
_MERGE = text(
    """
    with merged as (
        delete from streak
        where person_id = :person and last_day >= :first and last_day < :last
    )
    insert into streak (person_id, first_day, last_day) values (:person, :first, :last)
    on conflict (person_id, last_day) do update set first_day = excluded.first_day
    """
)
_FORGET = (
    text("delete from reader where person_id = :person"),
    text("delete from reader_day where person_id = :person"),
    text("delete from streak where person_id = :person"),
    text("delete from achievement where person_id = :person"),
    text("delete from invitation where person_id = :person"),
)
FORGET_READINGS = text(
    "delete from reading where id in "
    "(select id from reading where person_id = :person limit :batch)"
)


@dataclass(frozen=True, slots=True)
class Credit:
    """A reader's record around the day of a chapter that was just counted.

    Attributes:
        juz: Numbers they have finished in any khatma.
        chapters_that_day: Chapters they finished that day, this one too.
        days: Their days with a finished chapter within 29 of that day, which is among them.
        streaks: Those that may touch the day, without what this chapter adds.
        earned: Achievements they have.
    """

    juz: frozenset[int]
    chapters_that_day: int
    days: frozenset[date]
    streaks: list[Streak]
    earned: frozenset[str]


def stop(tx: Connection, people: Iterable[int]) -> None:
    """Count one active khatma less for each of `people`."""
    tx.execute(_STOP, {"people": list(people)})


def complete(tx: Connection, people: Iterable[int]) -> None:
    """Turn one active khatma of each of `people` into a completed one."""
    tx.execute(_COMPLETE, {"people": list(people)})


def add(tx: Connection, person: int, number: int, day: date) -> Credit:
    """Credit `person` with having finished juz `number` on `day`."""
    values = {
        "person": person,
        "juz": 1 << (number - 1),
        "day": day,
        "day_before": day - DAY,
        "earliest": day - _AROUND,
        "latest": day + _AROUND,
    }
    row = tx.execute(_CREDIT, values).one()
    return Credit(
        juz=frozenset(juz for juz in NUMBERS if row.juz_done >> (juz - 1) & 1),
        chapters_that_day=row.chapters,
        days=frozenset({*row.days, day}),
        streaks=[Streak(*ends) for ends in zip(row.firsts, row.lasts, strict=True)],
        earned=frozenset(row.earned),
    )


def keep_streak(tx: Connection, person: int, streak: Streak) -> None:
    """Remember `streak` in place of those that it swallowed."""
    tx.execute(_MERGE, {"person": person, "first": streak.first, "last": streak.last})


def forget(tx: Connection, person: int) -> None:
    """Forget all credit, achievements and invitations of `person`."""
    for statement in _FORGET:
        tx.execute(statement, {"person": person})
