"""Events on their way out: written with the change that they tell of, published afterwards."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row, text
from uuid_utils.compat import uuid7

from chassis import clock, request
from chassis.database import Connection
from chassis.encoding import encode
from contracts.events import EVENTS, Announcement

_ANNOUNCE = text(
    """
    with place as (
        insert into subject (name, last) values (:subject, :count)
        on conflict (name) do update set last = subject.last + excluded.last
        returning last
    )
    insert into outbox
        (event_id, type, subject, sequence, occurred_at, actor, traceparent, data)
    select event.id, event.type, :subject, place.last - :count + event.nth,
           :now, event.actor, :traceparent, event.data
    from place, unnest(
        cast(:ids as uuid[]), cast(:types as text[]), cast(:actors as bigint[]),
        cast(:data as text[])
    ) with ordinality as event (id, type, actor, data, nth)
    """
)
# No "id greater than the last seen": ids are given before commits, not in their order.
_UNPUBLISHED = text(
    """
    select id, event_id, type, subject, sequence, occurred_at, actor, traceparent, data
    from outbox where published_at is null order by id limit :limit
    """
)
_MARK = text("update outbox set published_at = :now where id = any(:ids)")


def announce(tx: Connection, *announcements: Announcement) -> None:
    """Put `announcements` into the outbox, in the transaction of what they tell of.

    Call it once, as the transaction's last step: it locks each subject until the commit, which
    gives every subject's events an order; the subjects are taken in order, so that no two
    transactions wait for each other.
    """
    by_subject: dict[str, list[Announcement]] = defaultdict(list)
    for announcement in announcements:
        by_subject[announcement.subject].append(announcement)
    for subject in sorted(by_subject):
        told = by_subject[subject]
        tx.execute(
            _ANNOUNCE,
            {
                "subject": subject,
                "count": len(told),
                "now": clock.now(),
                "traceparent": request.current().traceparent,
                "ids": [str(uuid7()) for _ in told],
                "types": [announcement.type.wire_name for announcement in told],
                "actors": [announcement.actor for announcement in told],
                "data": [announcement.data.model_dump_json() for announcement in told],
            },
        )


def unpublished(tx: Connection, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` events not published yet, in the order of their ids."""
    return tx.execute(_UNPUBLISHED, {"limit": limit}).all()


def mark_published(tx: Connection, ids: Sequence[int]) -> None:
    """Note that the broker has confirmed the events `ids`."""
    tx.execute(_MARK, {"now": clock.now(), "ids": list(ids)})


def envelope(row: Row[Any]) -> bytes:
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
