"""Whose turn it is: what a person may have under way, and which lines of deliveries are due.

A person's row of `delivery_queue` is the lock of all their deliveries and lines. Whoever takes
passes over those that are locked; so instances share the work, and none waits for another.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.data.database import Reader, Transaction
from notify.domain.deliveries import MOST_OF_WEBHOOK, MOST_UNDER_WAY

_MOST = {"most_of_one": MOST_UNDER_WAY, "most_of_webhook": MOST_OF_WEBHOOK}

_IS_DUE = text("select from delivery_queue where due_at <= :now order by due_at limit 1")
_LOCK_DUE = text(
    """
    select person_id from delivery_queue where due_at <= :now
    order by due_at limit :most for update skip locked
    """
)
_LOCK_QUEUES = text(
    """
    select from delivery_queue where person_id = any(cast(:people as bigint[]))
    order by person_id for update
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
# gone, or hangs.
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
    update delivery_line as line
    set leased = true, due_at = cast(:until as timestamptz), holder = cast(:holder as uuid)
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
_HELD = "leased and due_at > :now and holder = any(cast(:holders as uuid[]))"
_WHOSE = text(f"select distinct person_id from delivery_line where {_HELD}")  # noqa: S608
# A lease is named by when it ends: whoever had it and was not gone has lost it by this.
_LET_GO = text(
    f"""
    update delivery_line set due_at = :now, holder = null
    where person_id = any(cast(:people as bigint[])) and {_HELD}
    """  # noqa: S608
)
_WAKE_QUEUES = text(
    """
    update delivery_queue set due_at = least(due_at, cast(:now as timestamptz))
    where person_id = any(cast(:people as bigint[]))
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


def is_due(reader: Reader, now: datetime) -> bool:
    """Tell whether anything is due, which somebody else may be taking."""
    return bool(reader.ask(_IS_DUE, now=now))


def lock_due(tx: Transaction, now: datetime, *, most: int) -> list[int]:
    """Lock up to `most` people of whom something is due, and return their ids."""
    return [row.person_id for row in tx.ask(_LOCK_DUE, now=now, most=most)]


def lock(tx: Transaction, people: Sequence[int]) -> None:
    """Lock what there is of `people`, with whatever follows."""
    tx.tell(_LOCK_QUEUES, people=people)


def lease(
    tx: Transaction,
    people: Sequence[int],
    now: datetime,
    *,
    most: int,
    until: datetime,
    holder: str,
) -> list[Any]:
    """Take up to `most` lines of `people` that are due, and return their webhooks and subjects.

    Args:
        tx: The transaction, which has `people` locked.
        people: Whose they are.
        now: The moment.
        most: How many at most.
        until: When whoever comes may take them again.
        holder: The id of the instance whose they are until then, or until it is gone.
    """
    return tx.ask(_LEASE, people=people, now=now, most=most, until=until, holder=holder, **_MOST)


def let_go(tx: Transaction, holders: Sequence[str], now: datetime) -> int:
    """Let all that `holders` have be due now, and return of how many people that is.

    What comes of it yet is not heard any more.
    """
    people = [row.person_id for row in tx.ask(_WHOSE, holders=holders, now=now)]
    if people:
        lock(tx, people)
        tx.tell(_LET_GO, people=people, holders=holders, now=now)
        tx.tell(_WAKE_QUEUES, people=people, now=now)
    return len(people)


def move(tx: Transaction, people: Sequence[int], now: datetime) -> None:
    """Note when something of each of `people`, who are locked, can be taken next."""
    tx.tell(_MOVE_QUEUES, people=people, now=now, **_MOST)


def remove_empty(tx: Transaction, webhooks: Sequence[int], subjects: Sequence[str]) -> None:
    """Take away those lines, each a webhook and a subject, on which nothing waits."""
    tx.tell(_REMOVE_EMPTY_LINES, webhooks=webhooks, subjects=subjects)
