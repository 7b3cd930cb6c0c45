"""What statistics are made of: counters and a few days, never a sum over everything."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Reader
from khatma.store.companions import SHOWS
from khatma.store.people import copy_of
from khatma.store.views import SEEN

# Wider than any window of days by one at each end: the reader's today may lie a day from UTC's.
COLUMNS = """
    reader.active_khatmas, reader.completed_khatmas, reader.chapters, reader.achievements,
    person.timezone, person.day_starts_at, person.version,
    recent.days, recent.counts, streaks.firsts, streaks.lasts
"""
_FROM = """
    (
        select array_agg(day) as days, array_agg(chapters) as counts
        from reader_day where person_id = {whose} and day >= :since
    ) as recent cross join (
        select array_agg(first_day) as firsts, array_agg(last_day) as lasts
        from streak where person_id = {whose} and last_day >= :alive
    ) as streaks
    left join reader on reader.person_id = {whose}
    left join person on person.id = {whose}
"""
MINE, _THEIRS = _FROM.format(whose=":me"), _FROM.format(whose=":person")
_READER = text(f"select {COLUMNS} from {MINE}")  # noqa: S608
_OTHER = text(f"select {COLUMNS} from {_THEIRS} where {SHOWS}")  # noqa: S608
_KHATMA = text(
    f"""
    select khatma.done_parts, khatma.member_count, khatma.starts_on,
        person.timezone, person.day_starts_at, person.version,
        recent.days, recent.chapters, recent.readers, parts.*
    from khatma left join person on person.id = :me, (
        select array_agg(day) as days, array_agg(chapters) as chapters,
               array_agg(readers) as readers
        from khatma_day where khatma_id = :id and day >= :since
    ) as recent, (
        select array_agg(part.number) as numbers, array_agg(part.person_id) as people,
               array_agg(part.done_at) as done, array_agg(holder.username) as usernames,
               array_agg(holder.fullname) as fullnames, array_agg(holder.version) as versions
        from part {copy_of("part.person_id", "holder")}
        where part.khatma_id = :id
    ) as parts
    where khatma.id = :id and {SEEN}
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is not open, with the copy of who holds or has done it, if there is one."""

    number: int
    person_id: int | None
    done_at: datetime | None
    username: str | None
    fullname: str | None
    version: int | None


def reader(reader: Reader, me: int, utc_today: date) -> Any:
    """Return the counters of `me`, their last days and their living streaks."""
    return reader.ask(_READER, **asked(me, utc_today))[0]


def other(reader: Reader, person: int, me: int, utc_today: date) -> Any | None:
    """Return the same of `person`, or None where they do not show it to `me`."""
    times = asked(me, utc_today)
    return next(iter(reader.ask(_OTHER, person=person, **times)), None)


def khatma(reader: Reader, khatma: int, me: int, utc_today: date) -> tuple[Any, list[Part]] | None:
    """Return a khatma's counters and last days, and its parts that are not open.

    None where `me` may not know of it.
    """
    since = utc_today - timedelta(days=30)
    for row in reader.ask(_KHATMA, id=khatma, me=me, since=since):
        columns = row.numbers, row.people, row.done, row.usernames, row.fullnames, row.versions
        parts = [] if row.numbers is None else [Part(*part) for part in zip(*columns, strict=True)]
        return row, parts
    return None


def asked(me: int, utc_today: date) -> dict[str, Any]:
    """Return the values of `MINE`: who, and the first days that may count."""
    return {
        "me": me,
        "since": utc_today - timedelta(days=30),
        "alive": utc_today - timedelta(days=2),
    }
