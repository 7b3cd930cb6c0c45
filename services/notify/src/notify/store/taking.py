"""Taking what is due: what is to be sent where, by which secrets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.data.database import Transaction
from notify.store import turns
from notify.store.webhooks import secrets_of

# What is to be sent where: the first that waits of each line. Who may see it is looked at now.
_LOAD = text(
    """
    select webhook.id as webhook_id, webhook.person_id, webhook.url, webhook.secret,
           webhook.former_secret, webhook.former_secret_until, webhook.older_secrets,
           webhook.older_secrets_until, line.subject, delivery.id, delivery.event_id,
           delivery.tries, delivery.redelivered, delivery.position,
           coalesce(delivery.body, activity.event) as body,
           webhook.disabled_at is not null and delivery.position is not null as stopped,
           delivery.position is null or delivery.redelivered > 0 or webhook.matches is null
               or delivery.type || '.' ~ webhook.matches as wanted,
           case
               when delivery.position is null or activity.person_id = webhook.person_id then true
               else exists (
                   select from member
                   where member.khatma_id = activity.khatma_id
                     and member.person_id = webhook.person_id and member.is_in
               ) or exists (
                   select from farewell
                   where farewell.position = delivery.position
                     and farewell.person_id = webhook.person_id
               )
           end as visible
    from unnest(cast(:webhooks as bigint[]), cast(:subjects as text[]))
        as line (webhook_id, subject)
    cross join lateral (
        select * from webhook where webhook.id = line.webhook_id limit 1
    ) as webhook
    cross join lateral (
        select * from delivery
        where delivery.webhook_id = line.webhook_id and delivery.subject = line.subject
          and delivery.state = 'waiting'
        order by delivery.position limit 1
    ) as delivery
    left join activity on activity.position = delivery.position
    """
)


@dataclass(frozen=True)
class Taken:
    """A delivery that is to be tried now.

    Attributes:
        id: Of the delivery.
        person: Whose webhook it is for.
        lease: Until when it is this instance's; it is the name of the lease, too.
        keys: The secrets that sign, the newest first.
        tries: How many it had before, since its owner had it sent again.
        redelivered: How often its owner had it sent again before.
        body: The event; None where it is not kept any more.
        stopped: Whether its webhook was disabled after its line was due.
        wanted: Whether its webhook is for events of that type now, or its owner had it sent again.
        visible: Whether its person may see the event now.
        is_test: Whether it is no event, but a test.
    """

    id: int
    webhook: int
    person: int
    subject: str
    lease: datetime
    url: str
    keys: tuple[bytes, ...]
    event_id: UUID
    tries: int
    redelivered: int
    body: bytes | None
    stopped: bool
    wanted: bool
    visible: bool
    is_test: bool


def take(
    tx: Transaction, now: datetime, *, most: int, lease: timedelta, holder: str
) -> list[Taken]:
    """Take up to `most` deliveries that are due, of all people in turn.

    Args:
        tx: The transaction, after whose commit they are this instance's.
        now: The moment.
        most: How many at most.
        lease: After which whoever comes takes what was not settled.
        holder: The id of this instance.
    """
    people = turns.lock_due(tx, now, most=most)
    if not people:
        return []
    until = now + lease
    lines = turns.lease(tx, people, now, most=most, until=until, holder=holder)
    turns.move(tx, people, now)
    rows = tx.ask(
        _LOAD,
        webhooks=[line.webhook_id for line in lines],
        subjects=[line.subject for line in lines],
    )
    loaded = {(row.webhook_id, row.subject) for row in rows}
    if empty := [line for line in lines if (line.webhook_id, line.subject) not in loaded]:
        # What waited there was swept.
        webhooks, subjects = zip(*empty, strict=True)
        turns.remove_empty(tx, list(webhooks), list(subjects))
    return [_taken(row, now, until) for row in rows]


def _taken(row: Any, now: datetime, lease: datetime) -> Taken:
    return Taken(
        id=row.id,
        webhook=row.webhook_id,
        person=row.person_id,
        subject=row.subject,
        lease=lease,
        url=row.url,
        keys=secrets_of(row).good(now),
        event_id=row.event_id,
        tries=row.tries,
        redelivered=row.redelivered,
        body=None if row.body is None else str(row.body).encode(),
        stopped=row.stopped,
        wanted=row.wanted,
        visible=row.visible,
        is_test=row.position is None,
    )
