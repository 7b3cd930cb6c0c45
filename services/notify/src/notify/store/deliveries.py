"""Deliveries as their owner sees them, and sends them again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from chassis.data.database import Reader, Transaction
from chassis.data.statements import by_value
from notify.store.seen import Seen

# The next try is that of the first that waits of a line, unless it is under way or stopped.
_SHOWN = """
    delivery.id, delivery.event_id, delivery.type, delivery.subject, delivery.state,
    delivery.tries_before + delivery.tries as tries, delivery.created_at, delivery.last_try_at,
    delivery.response_code, delivery.latency_ms, delivery.problem,
    (
        select line.due_at from delivery_line as line
        where delivery.state = 'waiting'
          and line.webhook_id = delivery.webhook_id and line.subject = delivery.subject
          and not line.leased and line.due_at < 'infinity'
          and not exists (
              select from delivery as earlier
              where earlier.webhook_id = delivery.webhook_id
                and earlier.subject = delivery.subject
                and earlier.state = 'waiting' and earlier.position < delivery.position
          )
    ) as next_try_at
"""
_PAGE = text(
    f"""
    select {_SHOWN} from delivery
    where webhook_id = :webhook and id < :before order by id desc limit :limit
    """  # noqa: S608
)
_FIND = text(f"select {_SHOWN} from delivery where id = :id and webhook_id = :webhook")  # noqa: S608
_ADD_TEST = text(
    f"""
    with added as (
        insert into delivery
            (webhook_id, person_id, event_id, type, subject, body, created_at)
        select :webhook, :person, cast(:event_id as uuid), cast(:type as text),
               cast(:subject as text), cast(:body as text), cast(:now as timestamptz)
        where not exists (
            select from delivery_line where webhook_id = :webhook and subject = :subject
        )
        returning *
    ), lined as (
        insert into delivery_line (webhook_id, subject, person_id, due_at)
        select webhook_id, subject, person_id, created_at from added
    )
    select {_SHOWN} from added as delivery
    """  # noqa: S608
)
# Its line is due now, whatever it waited for; one that is under way is so once that has ended, for
# what comes of it then is not heard. Why it was not tried is no more why it waits; what came of its
# last try is shown on.
_AGAIN = text(
    """
    with again as (
        update delivery
        set state = 'waiting', tries = 0, tries_before = tries_before + tries,
            first_try_at = null, redelivered = redelivered + 1,
            problem = nullif(problem, 'unwanted')
        where id = any(cast(:ids as bigint[])) and webhook_id = :webhook
        returning webhook_id, subject, person_id
    )
    insert into delivery_line as line (webhook_id, subject, person_id, due_at)
    select distinct webhook_id, subject, person_id, cast(:now as timestamptz) from again
    order by subject
    on conflict (webhook_id, subject) do update set due_at = excluded.due_at where not line.leased
    """
)
_PLAN = text(
    """
    insert into delivery
        (webhook_id, person_id, position, event_id, type, subject, created_at)
    select :webhook, :person, event.*, cast(:now as timestamptz)
    from unnest(
        cast(:positions as bigint[]), cast(:ids as uuid[]),
        cast(:types as text[]), cast(:subjects as text[])
    ) as event
    on conflict (webhook_id, event_id) do update set person_id = excluded.person_id
    returning id
    """
)
FORGET = by_value(
    """
    delete from delivery where id in (
        select id from delivery where created_at < :before order by created_at limit :batch
    )
    returning 1
    """
)
FORGET_REMOVED = by_value(
    """
    delete from delivery where id in (
        select delivery.id from webhook join delivery on delivery.webhook_id = webhook.id
        where webhook.deleted_at is not null limit :batch
    )
    returning 1
    """
)
FORGET_WEBHOOKS = by_value(
    """
    delete from webhook where id in (
        select id from webhook
        where deleted_at is not null
          and not exists (select from delivery where delivery.webhook_id = webhook.id)
        limit :batch
    )
    returning 1
    """
)
"""Nothing is planned for what is removed, so what has no deliveries then gets none."""


class Delivery(NamedTuple):
    """A delivery as its owner sees it."""

    id: int
    event_id: UUID
    type: str
    subject: str
    state: str
    tries: int
    created_at: datetime
    last_try_at: datetime | None
    response_code: int | None
    latency_ms: int | None
    problem: str | None
    next_try_at: datetime | None


def page(reader: Reader, webhook: int, *, before: int, limit: int) -> list[Delivery]:
    """Return the newest deliveries of a webhook with an id below `before`."""
    rows = reader.ask(_PAGE, webhook=webhook, before=before, limit=limit)
    return [Delivery(*row) for row in rows]


def find(reader: Reader, webhook: int, delivery: int) -> Delivery | None:
    """Return a delivery of a webhook, if there is such a one."""
    return _delivery(reader.ask(_FIND, webhook=webhook, id=delivery))


def add_test(
    tx: Transaction,
    person: int,
    webhook: int,
    *,
    event_id: UUID,
    type: str,
    subject: str,
    body: str,
    now: datetime,
) -> Delivery | None:
    """Add a test of a webhook, which is locked; None where another one is on its way."""
    values = {"event_id": str(event_id), "type": type, "subject": subject, "body": body}
    return _delivery(tx.ask(_ADD_TEST, person=person, webhook=webhook, **values, now=now))


def again(tx: Transaction, webhook: int, ids: Sequence[int], now: datetime) -> None:
    """Let deliveries of a webhook, which is locked, wait for another first try, due now.

    They come before whatever waits behind them, in the order of their events. What is under way
    is sent once more afterwards.
    """
    tx.tell(_AGAIN, webhook=webhook, ids=list(ids), now=now)


def plan(
    tx: Transaction, person: int, webhook: int, events: Sequence[Seen], now: datetime
) -> list[int]:
    """Return the deliveries of `events` to a webhook, which is locked: those that were made
    before, and new ones where none was.
    """
    rows = tx.ask(
        _PLAN,
        person=person,
        webhook=webhook,
        positions=[event.position for event in events],
        ids=[str(event.id) for event in events],
        types=[event.type for event in events],
        subjects=[event.subject for event in events],
        now=now,
    )
    return [row.id for row in rows]


def _delivery(rows: list[Any]) -> Delivery | None:
    return Delivery(*rows[0]) if rows else None
