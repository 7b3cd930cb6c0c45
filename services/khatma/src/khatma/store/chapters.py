"""A chapter that is finished, or taken back: its session, its part, and its reader's credit."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Transaction
from khatma.domain.khatma import Khatma
from khatma.domain.parts import NUMBERS
from khatma.domain.streaks import Streak
from khatma.store.readings import KEPT, Session, leave_day
from person.clock import DAY

_AROUND = timedelta(days=29)

# An open part is claimed and finished in one step. What is read of the reader does not hold this
# chapter yet, but for what is returned.
_FINISH = text(
    f"""
    with {KEPT}, finished as (
        insert into part (khatma_id, number, person_id, claimed_at, done_at)
        values (:khatma, :number, :person, :now, :now)
        on conflict (khatma_id, number) do update set done_at = excluded.done_at
        where part.person_id = excluded.person_id and part.done_at is null
        returning 1
    ), grown as (
        update khatma
        set open_parts = :open, done_parts = :done,
            completed_at = case when cast(:done as smallint) = 30 then cast(:now as timestamptz) end
        where id = :khatma
    ), lifetime as (
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
        exists (select from finished) as is_theirs,
        array(
            select day from reader_day
            where person_id = :person and day between :earliest and :latest
        ) as days,
        array(select first_day from near order by last_day) as firsts,
        array(select last_day from near order by last_day) as lasts,
        array(select achievement from achievement where person_id = :person) as earned
    from lifetime, that_day
    """  # noqa: S608
)
# Whether the juz is still theirs by another khatma is read in the order of the index: the planner
# would look for one anywhere.
_TAKE_BACK = text(
    f"""
    with {KEPT}, undone as (
        update part set done_at = null, chosen = true
        where khatma_id = :khatma and number = :number and person_id = :person
            and done_at is not null
        returning 1
    ), shrunk as (
        update khatma set open_parts = :open, done_parts = :done where id = :khatma
    ), lifetime as (
        update reader
        set chapters = chapters - 1,
            juz_done = case when (
                select true from reading
                where person_id = :person and number = :number and is_completed
                    and khatma_id <> :khatma
                order by khatma_id limit 1
            ) then juz_done else juz_done & ~cast(:juz as integer) end
        where person_id = :person
    ), emptied as (
        delete from reader_day where person_id = :person and day = :done_day and chapters = 1
        returning 1
    ), lessened as (
        update reader_day set chapters = chapters - 1
        where person_id = :person and day = :done_day and chapters > 1
    )
    select exists (select from undone) as is_theirs, streak.first_day, streak.last_day
    from (select) as one left join (
        select first_day, last_day from streak
        where person_id = :person and last_day >= :done_day and exists (select from emptied)
        order by last_day limit 1
    ) as streak on true
    """  # noqa: S608
)


class LostPart(Exception):
    """A part is another's or done; the khatma was not locked, and nothing may be committed."""


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


def finish(
    tx: Transaction, khatma: Khatma, before: Session | None, session: Session, now: datetime
) -> Credit:
    """Keep a session that finishes its part, theirs or open, and credit the reader with it.

    The reader's record must be locked, by a statement before this one: what is read of it is as
    the last one left it who finished a chapter, maybe in another khatma.

    Args:
        tx: The transaction.
        khatma: How it is afterwards.
        before: What the session was.
        session: What was read, and by whom.
        now: When it was done.

    Raises:
        LostPart: The part is another's, or done.
    """
    day = session.reading_date
    leave_day(tx, before)
    row = tx.ask(
        _FINISH,
        **session.values(now),
        open=len(khatma.parts.open),
        done=len(khatma.parts.done),
        juz=_bit(session),
        day_before=day - DAY,
        earliest=day - _AROUND,
        latest=day + _AROUND,
    )[0]
    _check(row, session)
    return Credit(
        juz=frozenset(juz for juz in NUMBERS if row.juz_done >> (juz - 1) & 1),
        chapters_that_day=row.chapters,
        days=frozenset({*row.days, day}),
        streaks=[Streak(*ends) for ends in zip(row.firsts, row.lasts, strict=True)],
        earned=frozenset(row.earned),
    )


def take_back(
    tx: Transaction, khatma: Khatma, before: Session, session: Session, now: datetime
) -> Streak | None:
    """Keep a session that finishes its part no more, and take the reader's credit for it back.

    The reader's record must be locked. Achievements stay.

    Args:
        tx: The transaction.
        khatma: How it is afterwards, active as before.
        before: What the session was.
        session: What it is from now on.
        now: When it was taken back.

    Returns:
        The streak that held the day, if nothing else was finished on it: it does so no more.

    Raises:
        LostPart: The part is not theirs, or not done.
    """
    leave_day(tx, before)
    row = tx.ask(
        _TAKE_BACK,
        **session.values(now),
        open=len(khatma.parts.open),
        done=len(khatma.parts.done),
        juz=_bit(session),
        done_day=before.reading_date,
    )[0]
    _check(row, session)
    return None if row.first_day is None else Streak(row.first_day, row.last_day)


def _bit(session: Session) -> int:
    return 1 << (session.number - 1)


def _check(row: Any, session: Session) -> None:
    if not row.is_theirs:
        raise LostPart(
            f"part {session.number} of khatma {session.khatma_id} is not {session.person_id}'s"
        )
