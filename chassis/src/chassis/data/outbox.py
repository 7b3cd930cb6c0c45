"""Events on their way out: written with the change that they tell of, published afterwards."""

from collections.abc import Collection, Sequence
from typing import Any

import orjson
from sqlalchemy import text
from uuid_utils.compat import uuid7

from chassis.data.connections import Saying
from chassis.data.database import Database, Reader, Transaction
from chassis.data.statements import by_value
from chassis.process import clock
from chassis.work import context as request
from chassis.work.encoding import encode
from contracts.events import ACTIVITY_EXCHANGE, EVENTS, Announcement

PUT_BACK_BATCH = 1000

# Most commands announce one thing, which costs the server less than half of the statement for many.
_ANNOUNCE_ONE = text(
    """
    with counted as (
        insert into subject (name, last) values (cast(:subject as text), 1)
        on conflict (name) do update set last = subject.last + 1
        returning last
    )
    insert into outbox
        (event_id, type, subject, sequence, occurred_at, actor, traceparent, data)
    select cast(:id as uuid), cast(:type as text), cast(:subject as text), last,
           cast(:now as timestamptz), cast(:actor as bigint), cast(:traceparent as text),
           cast(:data as text)
    from counted
    """
)
# However many subjects there are, one statement: a group of 30 is told as fast as a person. Rows
# of subject are locked in the order of the insert: that of their bytes, whatever the database's
# collation.
_ANNOUNCE = text(
    """
    with event as (
        select subject, id, type, actor, data, nth,
               row_number() over (partition by subject order by nth) as place,
               count(*) over (partition by subject) as of_subject
        from unnest(
            cast(:subject as text[]), cast(:id as uuid[]), cast(:type as text[]),
            cast(:actor as bigint[]), cast(:data as text[])
        ) with ordinality as said (subject, id, type, actor, data, nth)
    ), counted as (
        insert into subject (name, last)
        select subject, count(*) from event group by subject order by subject collate "C"
        on conflict (name) do update set last = subject.last + excluded.last
        returning name, last
    )
    insert into outbox
        (event_id, type, subject, sequence, occurred_at, actor, traceparent, data)
    select event.id, event.type, event.subject, counted.last - event.of_subject + event.place,
           cast(:now as timestamptz), event.actor, cast(:traceparent as text), event.data
    from event join counted on counted.name = event.subject
    order by event.nth
    """
)
_COLUMNS = "id, event_id, type, subject, sequence, occurred_at, actor, traceparent, data"
# Planned once, where there may be no rows or a million: a relay's session reads by the index only.
_UNPUBLISHED = text(
    f"""
    select {_COLUMNS} from outbox
    where published_at is null and id > :after and type = any(cast(:types as text[]))
          and id <> all(cast(:without as bigint[]))
    order by id limit :limit
    """  # noqa: S608 - a constant of this module
)
_THESE = by_value(
    f"select {_COLUMNS} from outbox where published_at is null and id = any(:ids) order by id"  # noqa: S608
)
# Bounded, so that a long outbox makes no answer slow; by the index of what waits.
_WAITING = text(
    "select count(*) from (select 1 from outbox where published_at is null limit 10000) as waiting"
)
_AGE = text(
    """
    select coalesce((
        select extract(epoch from now() - occurred_at)
        from outbox where published_at is null order by id limit 1
    ), 0)
    """
)
_MOVE = text(
    f"""
    with gone as (
        delete from outbox where id = any(cast(:ids as bigint[])) returning {_COLUMNS}
    )
    insert into published ({_COLUMNS}, published_at)
    select {_COLUMNS}, cast(:now as timestamptz) from gone
    """  # noqa: S608
)
_UNKNOWN = by_value(
    """
    select type, count(*) as waiting from outbox
    where published_at is null and type <> all(:types) group by type
    """
)
# Only what was published before: what a relay publishes meanwhile is not put back once more.
_PUT_BACK = by_value(
    f"""
    with again as (
        delete from published where ctid in (
            select ctid from published where published_at < :before order by published_at, id
            limit :batch
        ) returning {_COLUMNS}
    )
    insert into outbox ({_COLUMNS}) overriding system value
    select {_COLUMNS} from again order by id
    returning 1
    """  # noqa: S608
)
# Marked where they were, by a release that does not move them.
_UNMARK = by_value(
    """
    update outbox set published_at = null where id in (
        select id from outbox where published_at < :before order by id limit :batch
    ) returning 1
    """
)
_FORGET = text(
    """
    with marked as (
        delete from outbox where subject = :subject and published_at is not null
    )
    delete from published where subject = :subject
    """
)


def announce(tx: Transaction, *announcements: Announcement) -> None:
    """Put `announcements` into the outbox, in the transaction of what they tell of.

    Call it once, as the transaction's last step: it locks each subject until the commit, which
    gives every subject's events an order; the subjects are taken in order, so that no two
    transactions wait for each other.
    """
    if not announcements:
        return
    tx.announces = True
    statement, facts = _ANNOUNCE_ONE, _facts(announcements[0])
    if len(announcements) > 1:
        statement = _ANNOUNCE
        each = [facts, *map(_facts, announcements[1:])]
        facts = {name: [one[name] for one in each] for name in facts}
    tx.tell(statement, now=clock.now(), traceparent=request.current().traceparent, **facts)


def _facts(announcement: Announcement) -> dict[str, Any]:
    return {
        "subject": announcement.subject,
        "id": str(uuid7()),
        "type": announcement.type.wire_name,
        "actor": announcement.actor,
        "data": announcement.data.model_dump_json(),
    }


def forget(tx: Transaction, subject: str) -> None:
    """Forget what was published about `subject`, of which nothing is to be left.

    What is still on its way is published first, and stays until it is swept.
    """
    tx.tell(_FORGET, subject=subject)


def waiting(reader: Reader) -> int:
    """Return how many events wait to be published, counted up to 10,000."""
    return int(reader.ask(_WAITING)[0][0])


def oldest_seconds(reader: Reader) -> float:
    """Return for how long the event that came first has waited; 0 where none waits."""
    return float(reader.ask(_AGE)[0][0])


def unpublished(
    reader: Reader,
    limit: int,
    *,
    after: int = 0,
    types: Collection[str] = EVENTS.keys(),
    without: Collection[int] = (),
    confirmed: Sequence[int] = (),
) -> list[Any]:
    """Return up to `limit` events not published yet, in the order of their ids.

    Args:
        reader: Asks.
        limit: How many at most.
        after: Only those with a greater id. Ids are given before commits, not in their order, so
            one below those that were seen may still turn up.
        types: Only those of these types.
        without: Ids of events to leave out.
        confirmed: Ids of events that the broker has confirmed: moved out before, as by
            `mark_published`, in the same message.
    """
    return reader.ask_after(
        [_moving(confirmed)] if confirmed else [],
        _UNPUBLISHED,
        limit=limit,
        after=after,
        types=list(types),
        without=list(without),
    )


def these(reader: Reader, ids: Collection[int]) -> list[Any]:
    """Return those of the events `ids` that are not published yet."""
    return reader.ask(_THESE, ids=list(ids))


def unknown(reader: Reader, types: Collection[str]) -> dict[str, int]:
    """Return how many events wait that are of none of `types`, by their type."""
    return {row.type: row.waiting for row in reader.ask(_UNKNOWN, types=list(types))}


def put_back(db: Database) -> int:
    """Put every event that was published before now, and is still kept, back into the outbox.

    Whoever took one in before does not do so twice: its id is in the inbox.

    Returns:
        How many there were.
    """
    before = clock.now()
    found = 0
    for statement in (_PUT_BACK, _UNMARK):
        while put := len(db.reader.ask(statement, before=before, batch=PUT_BACK_BATCH)):
            found += put
    return found


def mark_published(reader: Reader, ids: Sequence[int]) -> None:
    """Move the events `ids`, which the broker has confirmed, out of the outbox."""
    statement, values = _moving(ids)
    reader.ask(statement, **values)


def _moving(ids: Sequence[int]) -> Saying:
    return _MOVE, {"now": clock.now(), "ids": list(ids)}


def exchange(row: Any) -> str:
    """Return the exchange that an outbox row is published to (see `EventType.others`).

    Data that does not say whom else it concerns may concern all.

    A durable queue costs the broker more than everything else that it does for a command, and a
    service that is told of what concerns nobody does nothing.
    """
    kind = EVENTS[row.type]
    if kind.others and orjson.loads(row.data).get(kind.others) == []:
        return ACTIVITY_EXCHANGE
    return kind.exchange


def envelope(row: Any) -> bytes:
    """Return an outbox row as a CloudEvent in JSON (see `contracts.events.Envelope`)."""
    kind = EVENTS[row.type]
    return encode(
        {
            "specversion": "1.0",
            "id": row.event_id,
            "source": f"/sakina/{kind.source}",
            "type": row.type,
            "subject": row.subject,
            "time": row.occurred_at,
            "dataschema": kind.schema_path,
            "datacontenttype": "application/json",
            "sequence": row.sequence,
            "actor": row.actor,
            "traceparent": row.traceparent,
            "data": orjson.Fragment(row.data),
        }
    )
