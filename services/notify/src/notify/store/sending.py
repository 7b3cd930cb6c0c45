"""Taking what is due, and writing down what came of it.

A person's row of `delivery_queue` is the lock of all their deliveries and lines. Whoever takes
passes over those that are locked; so instances share the work, and none waits for another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from chassis.data.database import Reader, Transaction
from notify.domain.deliveries import (
    MOST_OF_WEBHOOK,
    MOST_UNDER_WAY,
    Problem,
    State,
    Verdict,
)
from notify.store.webhooks import secrets_of

_MOST = {"most_of_one": MOST_UNDER_WAY, "most_of_webhook": MOST_OF_WEBHOOK}

_IS_DUE = text("select from delivery_queue where due_at <= :now order by due_at limit 1")
_TAKE_QUEUES = text(
    """
    select person_id from delivery_queue where due_at <= :now
    order by due_at limit :most for update skip locked
    """
)
# What may be under way of each webhook of a person, beside what is: all of the person's share where
# it is their only one, and else less, so that one that hangs leaves room for the others.
_SHARES = """
    (
        select webhook.id, case count(*) over ()
            when 1 then cast(:most_of_one as bigint) else cast(:most_of_webhook as bigint)
        end as share
        from webhook where webhook.person_id = {person} and webhook.deleted_at is null
    ) as webhook
    cross join lateral (
        select count(*) as under_way, min(due_at) as over_at from delivery_line
        where webhook_id = webhook.id and leased and due_at > :now
    ) as busy
"""
# As many lines of each person as may be under way beside those that are: the first of each webhook
# before the second of any. A line whose lease is over is due like any other: whoever had it is
# gone.
_LEASE = text(
    f"""
    with due as (
        select line.webhook_id, line.subject
        from unnest(cast(:people as bigint[])) as person (id), lateral (
            select line.* from {_SHARES.format(person="person.id")}
            cross join lateral (
                select first.*, busy.under_way + row_number() over (order by due_at) as place
                from (
                    select webhook_id, subject, due_at from delivery_line
                    where webhook_id = webhook.id and due_at <= :now
                    order by due_at limit greatest(0, webhook.share - busy.under_way)
                ) as first
            ) as line
            order by line.place, line.due_at
            limit greatest(0, cast(:most_of_one as bigint) - (
                select count(*) from delivery_line as busy
                where busy.person_id = person.id and busy.leased and busy.due_at > :now
            ))
        ) as line
        order by line.due_at limit :most
    )
    update delivery_line as line set leased = true, due_at = cast(:until as timestamptz)
    from due where line.webhook_id = due.webhook_id and line.subject = due.subject
    returning line.webhook_id, line.subject
    """  # noqa: S608
)
# When something of each person can be taken next: while they have as many under way as may be, of
# a webhook or of all, when the first of those is over.
_MOVE_QUEUES = text(
    f"""
    update delivery_queue as queue
    set due_at = coalesce(
        (
            select case
                when sum(busy.under_way) >= cast(:most_of_one as bigint) then min(busy.over_at)
                else min(
                    case when busy.under_way >= webhook.share then busy.over_at else line.due_at end
                )
            end
            from {_SHARES.format(person="queue.person_id")}
            left join lateral (
                select due_at from delivery_line where webhook_id = webhook.id
                order by due_at limit 1
            ) as line on true
        ),
        'infinity'
    )
    where person_id = any(cast(:people as bigint[]))
    """  # noqa: S608
)
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

_LOCK_QUEUES = text(
    """
    select from delivery_queue where person_id = any(cast(:people as bigint[]))
    order by person_id for update
    """
)
# Nothing is written down by who lost its lease: whoever has it now does it all again. Nor of what
# its owner had sent again meanwhile: that is done after what was under way then.
_SETTLE = text(
    """
    with settled as (
        select settled.*, delivery.redelivered > settled.redelivered as is_again
        from unnest(
            cast(:ids as bigint[]), cast(:webhooks as bigint[]), cast(:subjects as text[]),
            cast(:leases as timestamptz[]), cast(:states as text[]), cast(:tried as boolean[]),
            cast(:tried_at as timestamptz[]), cast(:codes as smallint[]),
            cast(:latencies as integer[]), cast(:problems as text[]),
            cast(:due_at as timestamptz[]), cast(:redelivered as integer[])
        ) as settled (
            id, webhook_id, subject, lease, state, tried, tried_at, code, latency, problem, due_at,
            redelivered
        )
        left join lateral (
            select redelivered from delivery where delivery.id = settled.id limit 1
        ) as delivery on true
    ), line as (
        update delivery_line as line
        set leased = false, due_at = coalesce(
            (
                select timestamptz 'infinity' from webhook
                where webhook.id = settled.webhook_id and webhook.disabled_at is not null
            ),
            case when not settled.is_again then settled.due_at end,
            :now
        )
        from settled
        where line.webhook_id = settled.webhook_id and line.subject = settled.subject
          and line.leased and line.due_at = settled.lease
        returning settled.*
    )
    update delivery
    set state = line.state,
        tries = tries + cast(line.tried as integer),
        first_try_at = coalesce(first_try_at, line.tried_at),
        last_try_at = coalesce(line.tried_at, last_try_at),
        response_code = case when line.tried then line.code else response_code end,
        latency_ms = case when line.tried then line.latency else latency_ms end,
        problem = case
            when line.tried or line.problem is not null then line.problem
            else delivery.problem
        end
    from line
    where delivery.id = line.id and delivery.state = 'waiting' and not line.is_again
    """
)
_REMOVE_EMPTY_LINES = text(
    """
    delete from delivery_line as line
    using unnest(cast(:webhooks as bigint[]), cast(:subjects as text[]))
        as settled (webhook_id, subject)
    where line.webhook_id = settled.webhook_id and line.subject = settled.subject
      and not exists (
          select from delivery
          where delivery.webhook_id = line.webhook_id and delivery.subject = line.subject
            and delivery.state = 'waiting'
      )
    """
)
_NOTE_SUCCESS = text(
    """
    update webhook set succeeded_at = :now
    where id = any(cast(:webhooks as bigint[]))
      and coalesce(succeeded_at < cast(:now as timestamptz) - interval '10 seconds', true)
    """
)
# One that takes everything else is not given up for what it does not take.
_DISABLE = text(
    """
    with disabled as (
        update webhook
        set disabled_at = :now, updated_at = :now, disabled_reason = cast(:reason as text)
        from delivery
        where webhook.id = :webhook and webhook.disabled_at is null and delivery.id = :delivery
          and (
              cast(:reason as text) = 'gone'
              or delivery.redelivered = cast(:redelivered as integer)
              and coalesce(webhook.succeeded_at < delivery.first_try_at, true)
          )
        returning webhook.id
    )
    update delivery_line set due_at = 'infinity'
    from disabled where delivery_line.webhook_id = disabled.id
      and not leased and subject <> 'webhook/' || disabled.id
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
        tries: How many it had before.
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


@dataclass(frozen=True)
class Settled:
    """What came of one that was taken.

    Attributes:
        at: When it was tried; None where it was not.
        latency: How long that took.
    """

    taken: Taken
    verdict: Verdict
    at: datetime | None = None
    code: int | None = None
    problem: Problem | None = None
    latency: timedelta | None = None


def is_due(reader: Reader, now: datetime) -> bool:
    """Tell whether anything is due, which somebody else may be taking."""
    return bool(reader.ask(_IS_DUE, now=now))


def take(tx: Transaction, now: datetime, *, most: int, lease: timedelta) -> list[Taken]:
    """Take up to `most` deliveries that are due, of all people in turn.

    Args:
        tx: The transaction, after whose commit they are this instance's.
        now: The moment.
        most: How many at most.
        lease: After which whoever comes takes what was not settled.
    """
    people = [row.person_id for row in tx.ask(_TAKE_QUEUES, now=now, most=most)]
    if not people:
        return []
    bound = {"people": people, "now": now, **_MOST}
    until = now + lease
    lines = tx.ask(_LEASE, **bound, most=most, until=until)
    tx.tell(_MOVE_QUEUES, **bound)
    rows = tx.ask(
        _LOAD,
        webhooks=[line.webhook_id for line in lines],
        subjects=[line.subject for line in lines],
    )
    loaded = {(row.webhook_id, row.subject) for row in rows}
    if empty := [line for line in lines if (line.webhook_id, line.subject) not in loaded]:
        # What waited there was swept.
        webhooks, subjects = zip(*empty, strict=True)
        tx.tell(_REMOVE_EMPTY_LINES, webhooks=list(webhooks), subjects=list(subjects))
    return [
        Taken(
            id=row.id,
            webhook=row.webhook_id,
            person=row.person_id,
            subject=row.subject,
            lease=until,
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
        for row in rows
    ]


def settle(tx: Transaction, settled: Sequence[Settled], now: datetime) -> None:
    """Write down what came of deliveries, with the commit; those behind them are due now.

    What this instance has no lease of any more is passed over.
    """
    people = sorted({each.taken.person for each in settled})
    webhooks = [each.taken.webhook for each in settled]
    subjects = [each.taken.subject for each in settled]
    tx.tell(_LOCK_QUEUES, people=people)
    tx.tell(
        _SETTLE,
        ids=[each.taken.id for each in settled],
        webhooks=webhooks,
        subjects=subjects,
        leases=[each.taken.lease for each in settled],
        states=[each.verdict.state.value for each in settled],
        tried=[each.at is not None for each in settled],
        tried_at=[each.at for each in settled],
        codes=[each.code for each in settled],
        latencies=[_milliseconds(each.latency) for each in settled],
        problems=[each.problem and each.problem.value for each in settled],
        due_at=[_due(each, now) for each in settled],
        redelivered=[each.taken.redelivered for each in settled],
        now=now,
    )
    tx.tell(_REMOVE_EMPTY_LINES, webhooks=webhooks, subjects=subjects)
    if succeeded := _succeeded(settled):
        tx.tell(_NOTE_SUCCESS, webhooks=succeeded, now=now)
    for each in settled:
        if each.verdict.disables:
            _disable(tx, each, now)
    tx.tell(_MOVE_QUEUES, people=people, now=now, **_MOST)


def _disable(tx: Transaction, settled: Settled, now: datetime) -> None:
    taken, reason = settled.taken, settled.verdict.disables
    tx.tell(
        _DISABLE,
        webhook=taken.webhook,
        delivery=taken.id,
        redelivered=taken.redelivered,
        reason=reason,
        now=now,
    )


def _succeeded(settled: Iterable[Settled]) -> list[int]:
    return [
        each.taken.webhook
        for each in settled
        if each.verdict.state is State.DELIVERED and not each.taken.is_test
    ]


def _due(settled: Settled, now: datetime) -> datetime | None:
    wait = settled.verdict.wait
    return None if wait is None else now + wait


def _milliseconds(latency: timedelta | None) -> int | None:
    return None if latency is None else round(latency / timedelta(milliseconds=1))
