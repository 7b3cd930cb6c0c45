"""A chapter that is finished: its session, its part, and what its reader is credited with."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text

from chassis.data.transaction import Transaction
from khatma.domain.khatma import Khatma
from khatma.domain.parts import NUMBERS
from khatma.domain.streaks import Streak
from khatma.store.readings import ADDED, Session
from person.clock import DAY

_AROUND = timedelta(days=29)

# An open part is claimed and finished in one step. What is read of the reader does not hold this
# chapter yet, but for what is returned.
_FINISH = text(
    f"""
    with {ADDED}, finished as (
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
    select added.id, lifetime.juz_done, that_day.chapters,
        exists (select from finished) as is_theirs,
        array(
            select day from reader_day
            where person_id = :person and day between :earliest and :latest
        ) as days,
        array(select first_day from near order by last_day) as firsts,
        array(select last_day from near order by last_day) as lasts,
        array(select achievement from achievement where person_id = :person) as earned
    from added, lifetime, that_day
    """  # noqa: S608
)


class LostPart(Exception):
    """A part is another's or done; the khatma was not locked, and nothing may be committed."""


@dataclass(frozen=True, slots=True)
class Credit:
    """A reader's record around the day of a chapter that was just counted.

    Attributes:
        session: Id of the session that finished it.
        juz: Numbers they have finished in any khatma.
        chapters_that_day: Chapters they finished that day, this one too.
        days: Their days with a finished chapter within 29 of that day, which is among them.
        streaks: Those that may touch the day, without what this chapter adds.
        earned: Achievements they have.
    """

    session: int
    juz: frozenset[int]
    chapters_that_day: int
    days: frozenset[date]
    streaks: list[Streak]
    earned: frozenset[str]


def finish(tx: Transaction, khatma: Khatma, session: Session) -> Credit:
    """Add a session that finishes its part, theirs or open, and credit the reader with it.

    The reader's record must be locked, by a statement before this one: what is read of it is as
    the last one left it who finished a chapter, maybe in another khatma.

    Args:
        tx: The transaction.
        khatma: How it is afterwards.
        session: What was read, and by whom.

    Raises:
        LostPart: The part is another's, or done.
    """
    day = session.reading_date
    row = tx.ask(
        _FINISH,
        **session.values,
        open=len(khatma.parts.open),
        done=len(khatma.parts.done),
        juz=1 << (session.number - 1),
        day_before=day - DAY,
        earliest=day - _AROUND,
        latest=day + _AROUND,
    )[0]
    if not row.is_theirs:
        raise LostPart(f"part {session.number} of khatma {khatma.id} is not {session.person_id}'s")
    return Credit(
        session=row.id,
        juz=frozenset(juz for juz in NUMBERS if row.juz_done >> (juz - 1) & 1),
        chapters_that_day=row.chapters,
        days=frozenset({*row.days, day}),
        streaks=[Streak(*ends) for ends in zip(row.firsts, row.lasts, strict=True)],
        earned=frozenset(row.earned),
    )
