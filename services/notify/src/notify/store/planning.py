"""What is to be delivered: a row for each event and webhook, in the transaction of the record."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import text

from chassis.data.database import Transaction
from contracts.events import Event
from notify.domain.deliveries import MOST_WEBHOOKS


class Recorded(Protocol):
    """An event that was put into the record of activity, and who may see it."""

    @property
    def position(self) -> int:
        """Its place in the record."""

    @property
    def event(self) -> Event[Any]:
        """The event itself."""

    @property
    def audience(self) -> Collection[int]:
        """Who may see it."""


# In a statement of its own: what one statement reads beside a lock that it had to wait for is older
# than the lock, and whoever settles the last delivery of a line takes the line away under it.
_LOCK_QUEUES = text(
    """
    select from delivery_queue where person_id = any(cast(:people as bigint[]))
    order by person_id for update
    """
)
# Whoever has no webhooks has no queue: where nobody has, the join of the two ends it.
_PLAN = text(
    """
    with event as (
        select * from unnest(
            cast(:positions as bigint[]), cast(:ids as uuid[]),
            cast(:types as text[]), cast(:subjects as text[])
        ) as event (position, id, type, subject)
    ), seen as (
        select * from unnest(cast(:seen as bigint[]), cast(:people as bigint[]))
            as seen (position, person_id)
    ), planned as (
        insert into delivery
            (webhook_id, person_id, position, event_id, type, subject, created_at)
        select webhook.id, webhook.person_id, event.position, event.id, event.type, event.subject,
               cast(:now as timestamptz)
        from seen
        join event on event.position = seen.position
        cross join lateral (
            select id, person_id from webhook
            where person_id = seen.person_id and deleted_at is null and disabled_at is null
              and (matches is null or event.type || '.' ~ matches)
            limit :most
        ) as webhook
        on conflict (webhook_id, event_id) do nothing
        returning webhook_id, subject, person_id
    ), lined as (
        insert into delivery_line (webhook_id, subject, person_id, due_at)
        select distinct webhook_id, subject, person_id, cast(:now as timestamptz) from planned
        on conflict do nothing
        returning person_id
    )
    update delivery_queue set due_at = least(due_at, cast(:now as timestamptz))
    where person_id = any(array(select person_id from lined))
    """
)


def plan(tx: Transaction, recorded: Sequence[Recorded], now: datetime) -> None:
    """Plan the deliveries of events to the webhooks of who may see them, in no extra message.

    An event that was planned before is not planned again. Whether its person may see it is looked
    at once more when it is sent.

    Args:
        tx: The transaction that records the events.
        recorded: The events.
        now: When they are due.
    """
    seen = [(each.position, person) for each in recorded for person in each.audience]
    if not seen:
        return
    people = [person for _, person in seen]
    tx.tell(_LOCK_QUEUES, people=sorted(set(people)))
    tx.tell(
        _PLAN,
        positions=[each.position for each in recorded],
        ids=[str(each.event.id) for each in recorded],
        types=[each.event.type.wire_name for each in recorded],
        subjects=[each.event.subject for each in recorded],
        seen=[position for position, _ in seen],
        people=people,
        most=MOST_WEBHOOKS,
        now=now,
    )
