"""Notifications: told, listed, read, swept. A person's counters move in the same transaction."""

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from chassis.data.database import Reader, Transaction
from chassis.data.statements import by_value
from notify.domain.kinds import Kind
from notify.domain.notices import Facts, Notice
from notify.domain.people import known_name
from notify.domain.restraint import AN_HOUR, SAME_FACT_AFTER, most_by_one
from notify.domain.wording import Told

# People are held in the order of their ids, so that two events to the same group do not wait for
# each other in a circle; then whoever tells one of them something has the person's list alone.
_ADD_READERS = text(
    """
    insert into person (id)
    select reader.id from unnest(cast(:readers as bigint[])) as reader (id) order by 1
    on conflict do nothing
    """
)
_LOCK_READERS = text(
    """
    select from person where id = any(cast(:readers as bigint[])) order by id for no key update
    """
)
# Another statement than the lock, in the same message: what one statement reads beside a lock that
# it had to wait for is older than the lock. It reads no more than a day of one fact and :most rows
# of one hour, each from an index; said as "not exists", the plan that holds for all values would
# read everybody's day. Someone who is gone is not told anything.
_TELL = text(
    """
    with reader as (
        select id from person
        where id = any(cast(:readers as bigint[])) and deleted_at is null
          and (
              select true from told
              where told.person_id = person.id and told.fact = :fact
                and told.at > :day_before and told.at < :day_after
              limit 1
          ) is null
          and (
              cast(:by as bigint) is null or id = :by
              or :most > (
                  select count(*) from (
                      select from told
                      where told.person_id = person.id and told.by_id = :by
                        and told.at > :hour_before and told.at < :hour_after
                      limit :most
                  ) as recent
              )
          )
    ), noted as (
        insert into told (person_id, fact, by_id, at)
        select id, cast(:fact as text), nullif(cast(:by as bigint), id), cast(:at as timestamptz)
        from reader
    ), counted as (
        update person set total = total + 1, unread = unread + 1
        from reader where person.id = reader.id
    )
    insert into notification
        (person_id, event_id, created_at, kind, about, khatma_id, khatma_name, facts)
    select id, cast(:event_id as uuid), cast(:at as timestamptz), cast(:kind as text),
           cast(:about as bigint), cast(:khatma_id as bigint), cast(:khatma_name as text),
           cast(:facts as jsonb)
    from reader order by id
    returning id, person_id
    """
)
FORGET_TOLD = by_value(
    """
    delete from told where ctid in (select ctid from told where at < :before limit :batch)
    returning 1
    """
)

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

# In the order of the index, from where the batch before it ended.
_OLD = by_value(
    """
    select id, person_id, read_at from notification
    where read_at < :before and (read_at, id) > (:read_at, :id)
    order by read_at, id limit :batch
    """
)
# Someone who is busy with their notifications is left to the next sweep, and someone who is gone
# to their erasure.
_LOCK_FREE = text(
    """
    select id from person where id = any(cast(:people as bigint[])) and deleted_at is null
    order by id for no key update skip locked
    """
)
_SWEEP = text(
    """
    with gone as (
        delete from notification
        where id = any(cast(:ids as bigint[])) and person_id = any(cast(:people as bigint[]))
        returning person_id
    ), counted as (
        select person_id, count(*) as gone from gone group by person_id
    )
    update person set total = total - counted.gone from counted
    where person.id = counted.person_id
    """
)


_FIGURES = {field.name for field in fields(Facts)}


class Sent(NamedTuple):
    """A notification just made, and whose it is."""

    id: int
    person: int


class Marked(NamedTuple):
    """A notification just read."""

    id: int
    kind: str


class Old(NamedTuple):
    """Where a batch of the sweep ended: a notification by when it was read."""

    read_at: datetime
    id: int


BEGINNING = Old(datetime.min.replace(tzinfo=UTC), 0)


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


def tell(
    tx: Transaction, notice: Notice, event_id: UUID, at: datetime, by: int | None
) -> list[Sent]:
    """Make a notification for each reader of `notice`, in one message however many they are.

    Left out is who is gone, who was told the same fact within a day, and who was told as much
    by the same person within an hour as `domain.restraint` allows.

    Args:
        tx: The transaction.
        notice: What to tell whom.
        event_id: The event behind it; a person has one notification of it.
        at: When it happened.
        by: Id of the person who caused it, if any.
    """
    readers = list(notice.readers)
    tx.tell(_ADD_READERS, readers=readers)
    tx.tell(_LOCK_READERS, readers=readers)
    rows = tx.ask(
        _TELL,
        readers=readers,
        event_id=str(event_id),
        at=at,
        by=by,
        fact=notice.fact,
        day_before=at - SAME_FACT_AFTER,
        day_after=at + SAME_FACT_AFTER,
        hour_before=at - AN_HOUR,
        hour_after=at + AN_HOUR,
        most=most_by_one(notice.kind),
        kind=notice.kind.value,
        about=notice.about,
        khatma_id=notice.khatma.id,
        khatma_name=notice.khatma.name,
        facts=_facts_to_json(notice.facts),
    )
    return [Sent(row.id, row.person_id) for row in rows]


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


def sweep(tx: Transaction, *, before: datetime, batch: int, after: Old = BEGINNING) -> Old | None:
    """Delete what was read before a moment, of up to `batch` notifications past `after`.

    What is passed over is not looked at again: it never keeps what comes behind it.

    Returns:
        The last of the batch; None where nothing is left.
    """
    old = tx.ask(_OLD, before=before, batch=batch, **after._asdict())
    if not old:
        return None
    free = tx.ask(_LOCK_FREE, people=list({row.person_id for row in old}))
    tx.tell(_SWEEP, ids=[row.id for row in old], people=[row.id for row in free])
    return Old(old[-1].read_at, old[-1].id)


def _facts_to_json(facts: Facts) -> str:
    return json.dumps({name: value for name, value in asdict(facts).items() if value})


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
