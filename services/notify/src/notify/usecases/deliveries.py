"""Looking at deliveries of one's own webhooks, and having them sent again."""

from datetime import datetime
from typing import Any

from chassis.data.database import Reader, Transaction
from chassis.process import clock
from contracts.activity import wanted
from contracts.fields import LARGEST_ID
from contracts.notify import webhooks as methods
from contracts.refusals import Conflict, NotFound
from contracts.rpc import Call
from notify.domain.deliveries import Problem, State
from notify.store import deliveries, seen, webhooks
from notify.store.deliveries import Delivery
from notify.store.people import people
from notify.store.webhooks import Webhook
from notify.usecases.webhooks import there

MOST_AGAIN = 1000
"""Events of the record that one request looks at, to send them again."""


def page_deliveries(reader: Reader, call: Call[methods.PageDeliveries]) -> dict[str, Any]:
    """Return deliveries of one of the asker's webhooks, the newest event first.

    Raises:
        NotFound: There is no such webhook, or it is another's.
    """
    asked = call.body
    webhook = there(webhooks.find(reader, call.asker.id, asked.id))
    before = LARGEST_ID if asked.before is None else asked.before
    found = deliveries.page(reader, webhook.id, before=before, limit=asked.limit + 1)
    shown = found[: asked.limit]
    return {
        "results": [delivery._asdict() for delivery in shown],
        "next": shown[-1].id if len(found) > len(shown) else None,
    }


def get_delivery(reader: Reader, call: Call[methods.OneDelivery]) -> dict[str, Any]:
    """Return a delivery of one of the asker's webhooks.

    Raises:
        NotFound: There is no such webhook or delivery, or it is another's.
    """
    webhook = there(webhooks.find(reader, call.asker.id, call.body.id))
    return _there(deliveries.find(reader, webhook.id, call.body.delivery))._asdict()


def redeliver(tx: Transaction, call: Call[methods.OneDelivery]) -> dict[str, Any]:
    """Send one again, whatever came of it; one that waits is tried at once, and one that is under
    way once more afterwards.

    Raises:
        Conflict: The webhook is disabled.
        NotFound: There is no such webhook or delivery, or it is another's.
        Unauthenticated: The account was deleted.
    """
    asked, now = call.body, clock.now()
    person = people.lock(tx, call.asker)
    webhook = _enabled(webhooks.lock(tx, person.id, asked.id))
    delivery = _there(deliveries.find(tx, webhook.id, asked.delivery))
    if delivery.subject == f"webhook/{webhook.id}":
        raise Conflict("This was a test. Send another one.")
    deliveries.again(tx, webhook.id, [delivery.id], now)
    webhooks.wake(tx, person.id, now)
    problem = None if delivery.problem == Problem.UNWANTED else delivery.problem
    waiting = delivery._replace(state=State.WAITING.value, problem=problem, next_try_at=None)
    return waiting._asdict()


def redeliver_since(tx: Transaction, call: Call[methods.RedeliverSince]) -> dict[str, Any]:
    """Send again what was recorded since a moment, and what was never sent as well.

    That is what the asker may see now and the webhook is for, oldest first. One request looks at
    `MOST_AGAIN` events, and says where the next one goes on.

    Raises:
        Conflict: The webhook is disabled.
        NotFound: There is no such webhook, or it is another's.
        Unauthenticated: The account was deleted.
    """
    asked, now = call.body, clock.now()
    person = people.lock(tx, call.asker)
    webhook = _enabled(webhooks.lock(tx, person.id, asked.id))
    found = seen.since(tx, person.id, asked.since, limit=MOST_AGAIN)
    types = wanted(webhook.types or ["#"])
    events = [event for event in found if event.type in types]
    if events:
        ids = deliveries.plan(tx, person.id, webhook.id, events, now)
        deliveries.again(tx, webhook.id, ids, now)
        webhooks.wake(tx, person.id, now)
    following = found[-1].recorded_at if len(found) == MOST_AGAIN else None
    return {
        "message": _all_sent(len(events), following),
        "redelivered": len(events),
        "next": following,
    }


def _all_sent(count: int, following: datetime | None) -> str:
    said = "1 event is sent again." if count == 1 else f"{count} events are sent again."
    more = "" if following is None else " Ask again with what `next` says for those that follow."
    return said + more


def _enabled(webhook: Webhook | None) -> Webhook:
    if there(webhook).disabled_at is not None:
        raise Conflict("The webhook is disabled. Enable it first.")
    return there(webhook)


def _there(delivery: Delivery | None) -> Delivery:
    if delivery is None:
        raise NotFound("The webhook has no such delivery. List its deliveries to see their ids.")
    return delivery
