"""Notifications as their reader finds them: listed, counted, marked as read.

A person's counters move in the same transaction.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text

from chassis.data.database import Reader, Transaction
from notify.domain.kinds import Kind
from notify.domain.notices import Facts
from notify.domain.people import known_name
from notify.domain.wording import Told

_COLUMNS = """
    notification.id, notification.kind, notification.created_at, notification.read_at,
    notification.khatma_id, notification.khatma_name, notification.facts,
    about.username, about.fullname, about.deleted_at
"""

# One statement for the page and its count. A page past the end reads no notification at all.
_PAGE = """
    select person.{count} as in_all, person.deleted_at is not null as reader_gone, {columns}
    from person
    left join lateral (
        select * from notification
        where person_id = person.id {unread} and :offset < person.{count}
        order by created_at desc, event_id desc limit :limit offset :offset
    ) as notification on true
    left join person as about on about.id = notification.about
    where person.id = :person
    order by notification.created_at desc, notification.event_id desc
"""
_NEWEST = text(_PAGE.format(count="total", columns=_COLUMNS, unread=""))
_NEWEST_UNREAD = text(_PAGE.format(count="unread", columns=_COLUMNS, unread="and read_at is null"))
_UNREAD = text("select unread from person where id = :person")

_LOCK_READER = text("select from person where id = :person for no key update")
# Both mark what is unread of a reader who is locked by the statement before, and answer a row for
# a reader of whom anything is known. The notification is shown as it was before, but for the mark.
_MARK = text(
    f"""
    with marked as (
        update notification set read_at = cast(:now as timestamptz)
        where id = :id and person_id = :person and read_at is null
        returning read_at
    ), counted as (
        update person set unread = unread - 1
        where id = :person and deleted_at is null and exists (select from marked)
    )
    select reader.deleted_at is not null as reader_gone,
           (select read_at from marked) as marked_at, {_COLUMNS}
    from person as reader
    left join notification on notification.id = :id and notification.person_id = reader.id
    left join person as about on about.id = notification.about
    where reader.id = :person
    """  # noqa: S608
)
_MARK_NEWEST = text(
    """
    with marked as (
        update notification set read_at = cast(:now as timestamptz)
        where id in (
            select id from notification where person_id = :person and read_at is null
            order by created_at desc, event_id desc limit :most
        )
        returning id, kind
    ), counted as (
        update person set unread = unread - (select count(*) from marked)
        where id = :person and deleted_at is null
    )
    select person.deleted_at is not null as reader_gone,
           person.unread - (select count(*) from marked) as left_unread, marked.id, marked.kind
    from person left join marked on true
    where person.id = :person
    """
)

_FIGURES = {field.name for field in fields(Facts)}


class Marked(NamedTuple):
    """A notification just read."""

    id: int
    kind: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A notification as it is kept: what its words are made from, and when it was made and read.

    Attributes:
        code: Its kind as it was written, maybe by a later release; `told` has the one known here.
    """

    id: int
    code: str
    told: Told
    created_at: datetime
    read_at: datetime | None
    khatma_id: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a person's notifications.

    Attributes:
        count: How many there are in all.
        gone: Whether the reader's account was deleted.
        found: Those on the page, newest first.
    """

    count: int
    gone: bool
    found: list[Kept]


@dataclass(frozen=True, slots=True)
class Read:
    """A notification after it was marked.

    Attributes:
        gone: Whether the reader's account was deleted.
        newly: Whether it was unread before.
        kept: The notification; None where the reader has no such one.
    """

    gone: bool
    newly: bool
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class NewestRead:
    """What one command marked of a person's notifications.

    Attributes:
        gone: Whether the reader's account was deleted.
        found: Those that were marked.
        left: How many are left unread.
    """

    gone: bool
    found: list[Marked]
    left: int


def page(reader: Reader, person: int, *, unread: bool, limit: int, offset: int) -> Page:
    """Return `limit` of a person's notifications from `offset` on, newest first."""
    statement = _NEWEST_UNREAD if unread else _NEWEST
    rows = reader.ask(statement, person=person, limit=limit, offset=offset)
    if not rows:
        return Page(0, gone=False, found=[])
    found = [_kept(row) for row in rows if row.id is not None]
    return Page(rows[0].in_all, gone=rows[0].reader_gone, found=found)


def unread(reader: Reader, person: int) -> int:
    """Return how many notifications the person has not read."""
    rows = reader.ask(_UNREAD, person=person)
    return rows[0].unread if rows else 0


def mark_read(tx: Transaction, person: int, notification: int, now: datetime) -> Read:
    """Note that the person read one of their notifications, if it is theirs and unread."""
    tx.tell(_LOCK_READER, person=person)
    for row in tx.ask(_MARK, person=person, id=notification, now=now):
        newly = row.marked_at is not None
        kept = None if row.id is None else _kept(row)
        if kept is not None and newly:
            kept = replace(kept, read_at=row.marked_at)
        return Read(row.reader_gone, newly, kept)
    return Read(gone=False, newly=False, kept=None)


def mark_newest_read(tx: Transaction, person: int, now: datetime, most: int) -> NewestRead:
    """Note that the person read the newest of their unread notifications, up to `most`."""
    tx.tell(_LOCK_READER, person=person)
    rows = tx.ask(_MARK_NEWEST, person=person, now=now, most=most)
    if not rows:
        return NewestRead(gone=False, found=[], left=0)
    found = [Marked(row.id, row.kind) for row in rows if row.id is not None]
    return NewestRead(rows[0].reader_gone, found, rows[0].left_unread)


def _facts_from_json(facts: dict[str, Any]) -> Facts:
    """A later release may have kept figures that this one has no words for."""
    known = {name: value for name, value in facts.items() if name in _FIGURES}
    return Facts(**{**known, "chapters": tuple(known.get("chapters") or ())})


def _kept(row: Any) -> Kept:
    told = Told(
        kind=Kind.of(row.kind),
        facts=_facts_from_json(row.facts),
        khatma_name=row.khatma_name,
        name=known_name(row.username, row.fullname),
        gone=row.deleted_at is not None,
    )
    return Kept(row.id, row.kind, told, row.created_at, row.read_at, row.khatma_id)
