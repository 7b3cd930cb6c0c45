"""Writing down what came of what was taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from chassis.data.database import Transaction
from notify.domain.deliveries import Problem, State, Verdict
from notify.store import turns
from notify.store.taking import Taken

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
        set leased = false, holder = null, due_at = coalesce(
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


def settle(tx: Transaction, settled: Sequence[Settled], now: datetime) -> None:
    """Write down what came of deliveries, with the commit; those behind them are due now.

    What this instance has no lease of any more is passed over.
    """
    people = sorted({each.taken.person for each in settled})
    webhooks = [each.taken.webhook for each in settled]
    subjects = [each.taken.subject for each in settled]
    turns.lock(tx, people)
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
    turns.remove_empty(tx, webhooks, subjects)
    if succeeded := _succeeded(settled):
        tx.tell(_NOTE_SUCCESS, webhooks=succeeded, now=now)
    for each in settled:
        if each.verdict.disables:
            _disable(tx, each, now)
    turns.move(tx, people, now)


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
