"""Reading sessions: what a member says of a part, which they choose, finish or take back by it."""

from dataclasses import replace
from typing import Any

from chassis.data import outbox
from chassis.data.database import Reader, Transaction
from chassis.process import clock
from contracts.khatma.readings import ListReadings, LogReading, OneReading, ReadingReport
from contracts.refusals import NotFound
from contracts.rpc import Call
from khatma import events
from khatma.domain.khatma import Khatma
from khatma.store import parts, readings
from khatma.store.people import named
from khatma.store.readings import Session
from khatma.usecases.answers import reading_answer
from khatma.usecases.finishing import finish, take_back
from khatma.usecases.refusals import refusing
from khatma.usecases.seen import seen
from person.asking import name_of


def list_readings(reader: Reader, call: Call[ListReadings]) -> list[dict[str, Any]]:
    """Return the asker's own sessions, newest first, at most 200."""
    asked = call.body
    own = readings.page(reader, call.asker.id, khatma=asked.khatma, after=asked.after)
    return [reading_answer(session) for session in own]


def get_reading(reader: Reader, call: Call[OneReading]) -> dict[str, Any]:
    """Return one of the asker's own sessions. Raises NotFound where it is not theirs."""
    session = readings.find(reader, call.body.id, call.asker.id)
    if session is None:
        raise NotFound("You have no such reading. List your readings to see their ids.")
    return reading_answer(session)


def log_reading(tx: Transaction, call: Call[LogReading]) -> dict[str, Any]:
    """Keep the asker's session on a part: a completing one finishes it, maybe the whole khatma.

    One that does not complete makes an open part theirs, keeps their own, and takes back what
    they finished by mistake. There is one session for each part: saying it again changes it; of
    one that is done only the notes, since its day has counted.

    Raises:
        Conflict: The part is another's, or done too long ago to be taken back, they may choose no
            more, or the khatma is completed.
        Forbidden: The asker is no member, or would finish what another holds.
        Invalid: No session may count for that day.
        NotFound: They may not know of the khatma.
        Unauthenticated: The account was deleted.
    """
    said, now = call.body.report, clock.now()
    number = said.chapter_assigned
    locked = seen(tx, call.asker, call.body.id, number=number)
    reader, khatma, before = locked.asker, locked.khatma, locked.session
    with refusing(lambda member: name_of(call.asker, member, named(tx, member))):
        after = khatma.read_by(reader.id, number, completes=said.is_completed, now=now)
        day = khatma.reading_day(said.reading_date, reader.clock.today(now))
    session = Session(
        id=locked.session_id,
        khatma_id=khatma.id,
        person_id=reader.id,
        number=number,
        is_completed=said.is_completed,
        reading_date=day,
        notes=_notes(said, before),
        created_at=now if before is None else before.created_at,
    )
    part = khatma.parts.get(number)
    freed = _let_go(tx, khatma, after, reader.id)
    if before is not None and said.is_completed and part is not None and part.done:
        session = replace(before, notes=session.notes)
        readings.note(tx, before, session, now)
    elif said.is_completed:
        finish(tx, after, before, session, now)
    elif part is None:
        readings.keep(tx, before, session, now)
        parts.claim(tx, after, number, reader.id, now, chosen=True)
        outbox.announce(tx, events.claimed(after, reader.id, [number], freed))
    elif part.done:
        take_back(tx, after, before or session, session, now, freed=freed)
    elif session != before or after != khatma:
        readings.keep(tx, before, session, now)
        parts.choose(tx, khatma.id, number)
        outbox.announce(tx, events.noted(khatma, reader.id, number, day))
    return reading_answer(session)


def _let_go(tx: Transaction, before: Khatma, after: Khatma, reader: int) -> list[int]:
    """Open what fell to the reader and makes room for what they named; return the numbers."""
    freed = [each for each in before.parts.of(reader) if after.parts.get(each) is None]
    for each in freed:
        parts.let_go(tx, before.id, each, reader)
    return freed


def _notes(said: ReadingReport, before: Session | None) -> str:
    """Return what was noted: what is not said again stays."""
    if "notes" in said.model_fields_set or before is None:
        return said.notes
    return before.notes
