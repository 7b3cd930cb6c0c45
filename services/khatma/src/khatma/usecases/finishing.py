"""What follows from a chapter that is finished, and from one that is taken back."""

from collections.abc import Sequence
from datetime import datetime

from chassis.data import outbox
from chassis.data.database import Transaction
from contracts.events import Announcement
from khatma import events
from khatma.domain.achievements import by_completion, by_reading
from khatma.domain.khatma import Khatma
from khatma.domain.streaks import extended, without
from khatma.store import achievements, chapters, credit, members
from khatma.store.chapters import Credit
from khatma.store.readings import Session

Award = tuple[int, str, int | None, str | None]


def finish(
    tx: Transaction, khatma: Khatma, before: Session | None, session: Session, now: datetime
) -> None:
    """Write a finished part and all that follows from it, maybe the whole khatma's completion.

    Args:
        tx: The transaction.
        khatma: How it is afterwards.
        before: What the session was.
        session: What it is from now on.
        now: When it was finished.
    """
    reader, number = session.person_id, session.number
    # A part that was open until now is not told as claimed: whoever finished it needs no word
    # that it is theirs to read.
    told = [events.finished(khatma, reader, number, session.reading_date)]
    if khatma.is_complete:
        members.complete(tx, khatma.id)
        credit.complete(tx, khatma.members)
        told.append(events.completed(khatma, reader, now))
    else:
        credit.lock(tx, reader)
    record = chapters.finish(tx, khatma, before, session, now)
    awards = _credit(tx, session, record)
    if khatma.is_complete:
        awards += _awards_of(khatma)
    outbox.announce(tx, *told, *_award(tx, awards, now))


def take_back(
    tx: Transaction,
    khatma: Khatma,
    before: Session,
    session: Session,
    now: datetime,
    *,
    freed: Sequence[int],
) -> None:
    """Write a part that is done no more; its reader's figures are as if it never had been.

    What they earned by it stays. The arguments are those of `finish`, and what was opened to make
    room for the part.
    """
    reader = session.person_id
    credit.lock(tx, reader)
    streak = chapters.take_back(tx, khatma, before, session, now)
    if streak is not None:
        credit.cut_streak(tx, reader, streak, without(before.reading_date, streak))
    outbox.announce(
        tx, events.taken_back(khatma, reader, session.number, before.reading_date, freed)
    )


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


def _award(tx: Transaction, awards: list[Award], now: datetime) -> list[Announcement]:
    return [
        events.earned(new.person_id, new.achievement, new.khatma_id, new.khatma_name)
        for new in achievements.award(tx, awards, now)
    ]
