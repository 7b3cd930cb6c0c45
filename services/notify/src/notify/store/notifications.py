"""Notifications: told, listed, read, swept. A person's counters move in the same transaction."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text

from chassis.database import Connection, Database
from notify.domain.kinds import Kind
from notify.domain.notices import Facts, Notice
from notify.domain.people import known_name
from notify.domain.wording import Told

# People are taken in the order of their ids, so that two events to the same group do not wait
# for each other. Someone who is gone is not told anything.
_TELL = text(
    """
    with told as (
        insert into person (id, total, unread)
        select reader.id, 1, 1 from unnest(cast(:readers as bigint[])) as reader (id) order by 1
        on conflict (id) do update set total = person.total + 1, unread = person.unread + 1
            where person.deleted_at is null
        returning id
    )
    insert into notification
        (person_id, event_id, created_at, kind, about, khatma_id, khatma_name, facts)
    select told.id, cast(:event_id as uuid), :at, :kind, :about, :khatma_id, :khatma_name,
           cast(:facts as jsonb)
    from told
    returning id, person_id
    """
)

_COLUMNS = """
    notification.id, notification.kind, notification.created_at, notification.read_at,
    notification.khatma_id, notification.khatma_name, notification.facts,
    about.username, about.fullname, about.deleted_at
"""

# One statement for the page and its count. A page past the end reads no notification at all.
_PAGE = """
    select person.{count} as in_all, person.deleted_at as reader_gone, {columns}
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

_ONE = text(
    f"""
    select {_COLUMNS}
    from notification left join person as about on about.id = notification.about
    where notification.id = :id and notification.person_id = :person
    """  # noqa: S608
)
_MARK = text(
    """
    update notification set read_at = :now
    where id = :id and person_id = :person and read_at is null
    """
)
_MARK_NEWEST = text(
    """
    update notification set read_at = :now
    where id in (
        select id from notification where person_id = :person and read_at is null
        order by created_at desc, event_id desc limit :most
    )
    returning id, kind
    """
)
_COUNT_READ = text("update person set unread = unread - :read where id = :person returning unread")

_OLD = text(
    """
    select id, person_id from notification where read_at < :before order by read_at limit :batch
    """
)
# Someone who is busy with their notifications is left to the next sweep, and someone who is gone
# to their erasure.
_HOLD = text(
    """
    select id from person where id = any(:people) and deleted_at is null
    order by id for no key update skip locked
    """
)
_SWEEP = text(
    """
    with gone as (
        delete from notification where id = any(:ids) and person_id = any(:people)
        returning person_id
    ), counted as (
        select person_id, count(*) as gone from gone group by person_id
    ), held as (
        update person set total = total - counted.gone from counted
        where person.id = counted.person_id
    )
    select count(*) from gone
    """
)


class Sent(NamedTuple):
    """A notification just made, and whose it is."""

    id: int
    person: int


class Marked(NamedTuple):
    """A notification just read."""

    id: int
    kind: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A notification as it is kept: what its words are made from, and when it was made and read."""

    id: int
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


def tell(tx: Connection, notice: Notice, event_id: UUID, at: datetime) -> list[Sent]:
    """Make a notification for each reader of `notice` who is not gone, in one statement.

    Args:
        tx: The transaction.
        notice: What to tell whom.
        event_id: The event behind it; a person has one notification of it.
        at: When it happened.
    """
    rows = tx.execute(
        _TELL,
        {
            "readers": list(notice.readers),
            "event_id": str(event_id),
            "at": at,
            "kind": notice.kind.value,
            "about": notice.about,
            "khatma_id": notice.khatma.id,
            "khatma_name": notice.khatma.name,
            "facts": _facts_to_json(notice.facts),
        },
    )
    return [Sent(row.id, row.person_id) for row in rows]


def page(db: Database, person: int, *, unread: bool, limit: int, offset: int) -> Page:
    """Return `limit` of a person's notifications from `offset` on, newest first."""
    rows = db.read(_NEWEST_UNREAD if unread else _NEWEST, person=person, limit=limit, offset=offset)
    if not rows:
        return Page(0, gone=False, found=[])
    return Page(
        rows[0].in_all,
        gone=rows[0].reader_gone is not None,
        found=[_kept(row) for row in rows if row.id is not None],
    )


def unread(db: Database, person: int) -> int:
    """Return how many notifications the person has not read."""
    rows = db.read(_UNREAD, person=person)
    return rows[0].unread if rows else 0


def one(tx: Connection, person: int, notification: int) -> Kept | None:
    """Return a notification of the person, or None where it is not theirs."""
    row = tx.execute(_ONE, {"id": notification, "person": person}).first()
    return None if row is None else _kept(row)


def mark_read(tx: Connection, person: int, notification: int, now: datetime) -> bool:
    """Note that the person, whose row is held, read it.

    Returns:
        False where they had read it before, or it is not theirs.
    """
    values = {"id": notification, "person": person, "now": now}
    marked = tx.execute(_MARK, values).rowcount == 1
    if marked:
        tx.execute(_COUNT_READ, {"person": person, "read": 1})
    return marked


def mark_newest_read(
    tx: Connection, person: int, now: datetime, most: int
) -> tuple[list[Marked], int]:
    """Note that the person, whose row is held, read up to `most` notifications.

    Returns:
        Those marked, and how many are left unread.
    """
    rows = tx.execute(_MARK_NEWEST, {"person": person, "now": now, "most": most}).all()
    left: int = tx.execute(_COUNT_READ, {"person": person, "read": len(rows)}).scalar_one()
    return [Marked(row.id, row.kind) for row in rows], left


def sweep(tx: Connection, before: datetime, batch: int) -> int:
    """Delete up to `batch` notifications read before a moment; return how many went."""
    old = tx.execute(_OLD, {"before": before, "batch": batch}).all()
    if not old:
        return 0
    people = tx.execute(_HOLD, {"people": list({row.person_id for row in old})}).scalars().all()
    gone: int = tx.execute(
        _SWEEP, {"ids": [row.id for row in old], "people": list(people)}
    ).scalar_one()
    return gone


def _facts_to_json(facts: Facts) -> str:
    return json.dumps({name: value for name, value in asdict(facts).items() if value})


def _facts_from_json(facts: dict[str, Any]) -> Facts:
    return Facts(**{**facts, "chapters": tuple(facts.get("chapters", ()))})


def _kept(row: Row[Any]) -> Kept:
    told = Told(
        kind=Kind(row.kind),
        facts=_facts_from_json(row.facts),
        khatma_name=row.khatma_name,
        name=known_name(row.username, row.fullname),
        gone=row.deleted_at is not None,
    )
    return Kept(row.id, told, row.created_at, row.read_at, row.khatma_id)
