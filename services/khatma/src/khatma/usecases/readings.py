"""Reading sessions: what a member read of a chapter, and what they earn by it."""

from typing import Any

from chassis.data import commands, outbox
from chassis.data.database import Connection, Database
from chassis.process import clock
from chassis.work.encoding import Encoded
from contracts.events import Announcement
from contracts.khatma import methods
from contracts.refusals import NotFound
from contracts.rpc import Call
from khatma import events
from khatma.domain.achievements import by_completion, by_reading
from khatma.domain.khatma import Khatma
from khatma.domain.streaks import extended
from khatma.store import achievements, credit, members, parts, readings
from khatma.usecases.answers import reading_answer
from khatma.usecases.khatmas import seen
from khatma.usecases.people import Row, attend
from khatma.usecases.refusals import refusing

Award = tuple[int, str, int | None, str | None]


def list_readings(db: Database, call: Call[methods.ListReadings]) -> list[dict[str, Any]]:
    """Answer the asker's own sessions, newest first, at most 200."""
    asked = call.body
    rows = readings.own(db, call.asker.id, khatma=asked.khatma, after=asked.after)
    return [reading_answer(row) for row in rows]


def get_reading(db: Database, call: Call[methods.OneReading]) -> dict[str, Any]:
    """Answer one of the asker's own sessions. Raises NotFound where it is not theirs."""
    row = readings.one(db, call.body.id, call.asker.id)
    if row is None:
        raise NotFound("You have no such reading. List your readings to see their ids.")
    return reading_answer(row)


def log_reading(db: Database, call: Call[methods.LogReading]) -> Encoded:
    """Record a session; a completing one finishes its part, and maybe the whole khatma."""
    return commands.once(db, methods.LOG_READING, call, lambda tx: _log(tx, call))


def _log(tx: Connection, call: Call[methods.LogReading]) -> dict[str, Any]:
    said, now = call.body.report, clock.now()
    reader = attend(tx, call.asker)
    khatma = seen(tx, call.body.id, reader.id)
    number = said.chapter_assigned
    with refusing():
        after = khatma.read_by(reader.id, number, completes=said.is_completed)
        day = khatma.reading_day(said.reading_date, reader.clock.today(now))
    row = readings.add(
        tx,
        khatma=khatma.id,
        person=reader.id,
        number=number,
        is_completed=said.is_completed,
        day=day,
        notes=said.notes,
        now=now,
    )
    told = (
        _finish(tx, after, row)
        if said.is_completed
        else [events.noted(khatma, reader.id, number, day)]
    )
    outbox.announce(tx, *told)
    return reading_answer(row)


def _finish(tx: Connection, khatma: Khatma, reading: Row) -> list[Announcement]:
    """Write a finished part and all that follows from it; return what to tell."""
    reader, number, now = reading.person_id, reading.number, reading.created_at
    parts.finish(tx, khatma, number, reader, now)
    # A part that was open until now is not told as claimed: whoever finished it needs no word
    # that it is theirs to read.
    told = [events.finished(khatma, reader, number, reading.reading_date)]
    if khatma.is_complete:
        _complete(tx, khatma)
        told.append(events.completed(khatma, reader, now))
    awards = _credit(tx, reading)
    if khatma.is_complete:
        awards += _awards_of(khatma)
    for new in achievements.award(tx, awards, now):
        told.append(events.earned(new.person_id, new.achievement, new.khatma_id, new.khatma_name))
    return told


def _complete(tx: Connection, khatma: Khatma) -> None:
    members.complete(tx, khatma.id)
    credit.complete(tx, khatma.members)


def _credit(tx: Connection, reading: Row) -> list[Award]:
    reader, day = reading.person_id, reading.reading_date
    record = credit.add(tx, reader, reading.number, day)
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
