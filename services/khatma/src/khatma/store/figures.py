"""What statistics are made of: counters and a few days, never a sum over everything."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, text

from chassis.data.database import Database

# Wider than any window of days by one at each end: the reader's today may lie a day from UTC's.
_READER = text(
    """
    select reader.active_khatmas, reader.completed_khatmas, reader.chapters, reader.achievements,
        person.timezone, person.day_starts_at, person.version, person.deleted_at,
        recent.days, recent.counts, streaks.firsts, streaks.lasts
    from (
        select array_agg(day) as days, array_agg(chapters) as counts
        from reader_day where person_id = :me and day >= :since
    ) as recent, (
        select array_agg(first_day) as firsts, array_agg(last_day) as lasts
        from streak where person_id = :me and last_day >= :alive
    ) as streaks
    left join reader on reader.person_id = :me
    left join person on person.id = :me
    """
)
_KHATMA = text(
    """
    select khatma.done_parts, khatma.member_count, khatma.starts_on,
        person.timezone, person.day_starts_at, person.version,
        recent.days, recent.chapters, recent.readers
    from khatma left join person on person.id = :me, (
        select array_agg(day) as days, array_agg(chapters) as chapters,
               array_agg(readers) as readers
        from khatma_day where khatma_id = :khatma and day >= :since
    ) as recent
    where khatma.id = :khatma and (
        khatma.is_public
        or exists (select from member where khatma_id = :khatma and person_id = :me)
        or exists (select from invitation where khatma_id = :khatma and person_id = :me)
    )
    """
)


def reader(db: Database, me: int, utc_today: date) -> Row[Any]:
    """Return the counters of `me`, their last days and their living streaks."""
    since, alive = utc_today - timedelta(days=30), utc_today - timedelta(days=2)
    return db.read(_READER, me=me, since=since, alive=alive)[0]


def khatma(db: Database, khatma: int, me: int, utc_today: date) -> Row[Any] | None:
    """Return a khatma's counters and last days, or None where `me` may not know of it."""
    since = utc_today - timedelta(days=30)
    return next(iter(db.read(_KHATMA, khatma=khatma, me=me, since=since)), None)
