"""Reading sessions: what a member read of a chapter, and what they earn by it."""

from typing import Any

from chassis.data import outbox
from chassis.data.database import Reader, Transaction
from chassis.process import clock
from contracts.events import Announcement
from contracts.khatma import methods
from contracts.refusals import NotFound
from contracts.rpc import Call
from khatma import events
from khatma.domain.achievements import by_completion, by_reading
from khatma.domain.khatma import Khatma
from khatma.domain.streaks import extended
from khatma.store import achievements, chapters, credit, members, readings
from khatma.store.chapters import Credit
from khatma.store.readings import Session
from khatma.usecases.answers import reading_answer
from khatma.usecases.khatmas import seen
from khatma.usecases.refusals import refusing

Award = tuple[int, str, int | None, str | None]


def list_readings(reader: Reader, call: Call[methods.ListReadings]) -> list[dict[str, Any]]:
    """Return the asker's own sessions, newest first, at most 200."""
    asked = call.body
    rows = readings.page(reader, call.asker.id, khatma=asked.khatma, after=asked.after)
    return [reading_answer(row.id, row) for row in rows]


def get_reading(reader: Reader, call: Call[methods.OneReading]) -> dict[str, Any]:
    """Return one of the asker's own sessions. Raises NotFound where it is not theirs."""
    row = readings.find(reader, call.body.id, call.asker.id)
    if row is None:
        raise NotFound("You have no such reading. List your readings to see their ids.")
    return reading_answer(row.id, row)


def log_reading(tx: Transaction, call: Call[methods.LogReading]) -> dict[str, Any]:
    """Record a session; a completing one finishes its part, and maybe the whole khatma.

    Raises:
        Conflict: The part is done, or the khatma is completed.
        Forbidden: The asker is no member, or the part is another's.
        Invalid: No session may count for that day.
        NotFound: They may not know of the khatma.
        Unauthenticated: The account was deleted.
    """
    said, now = call.body.report, clock.now()
    locked = seen(tx, call.asker, call.body.id)
    reader, khatma = locked.asker, locked.khatma
    number = said.chapter_assigned
    with refusing():
        after = khatma.read_by(reader.id, number, completes=said.is_completed)
        day = khatma.reading_day(said.reading_date, reader.clock.today(now))
    session = Session(khatma.id, reader.id, number, said.is_completed, day, said.notes, now)
    if said.is_completed:
        return reading_answer(_finish(tx, after, session), session)
    reading = readings.add(tx, session)
    outbox.announce(tx, events.noted(khatma, reader.id, number, day))
    return reading_answer(reading, session)


def _finish(tx: Transaction, khatma: Khatma, session: Session) -> int:
    """Write a finished part and all that follows from it; return the session's id."""
    reader, number, now = session.person_id, session.number, session.created_at
    # A part that was open until now is not told as claimed: whoever finished it needs no word
    # that it is theirs to read.
    told = [events.finished(khatma, reader, number, session.reading_date)]
    if khatma.is_complete:
        members.complete(tx, khatma.id)
        credit.complete(tx, khatma.members)
        told.append(events.completed(khatma, reader, now))
    else:
        credit.lock(tx, reader)
    record = chapters.finish(tx, khatma, session)
    awards = _credit(tx, session, record)
    if khatma.is_complete:
        awards += _awards_of(khatma)
    outbox.announce(tx, *told, *_award(tx, awards, session))
    return record.session


def _credit(tx: Transaction, session: Session, record: Credit) -> list[Award]:
    reader, day = session.person_id, session.reading_date
    streak = extended(day, record.streaks)
    if streak not in record.streaks:
        credit.keep_streak(tx, reader, streak)
    earned = by_reading(
        streak=streak,
        chapters_that_day=record.chapters_that_day,
        days=record.days,
        juz=record.juz,
    )
    return [(reader, name, None, None) for name in sorted(earned - record.earned)]


def _awards_of(khatma: Khatma) -> list[Award]:
    return [
        (member, name, khatma.id, khatma.name)
        for member in khatma.members
        for name in sorted(by_completion(khatma, member))
    ]


def _award(tx: Transaction, awards: list[Award], session: Session) -> list[Announcement]:
    return [
        events.earned(new.person_id, new.achievement, new.khatma_id, new.khatma_name)
        for new in achievements.award(tx, awards, session.created_at)
    ]
