"""Webhooks: addresses of one's own to which events are sent, and what came of that."""

from typing import Annotated

import orjson
from fastapi import Query, Response

from contracts.notify import webhooks
from contracts.preconditions import entity_tag
from gateway.answers import created, gone, ok
from gateway.caller import CallerOf
from gateway.dependencies import closed_router
from gateway.forms import DeliveriesQuery, PathId
from gateway.operation import says
from gateway.preconditions import OnlyIf, conditional, shown, validated

router = closed_router("Webhooks")

_WEBHOOK = {"url": "https://example.com/hooks/sakina", "types": ["khatma.#"]}
_SINCE = {"since": "2026-03-01T08:00:00Z"}


@router.get("/api/webhooks/", **says("List one's own webhooks", webhooks.LIST_WEBHOOKS))
async def list_webhooks(caller: CallerOf) -> Response:
    """One's own webhooks, ten at most."""
    return ok(await caller.ask(webhooks.LIST_WEBHOOKS))


@router.post(
    "/api/webhooks/",
    **says("Make a webhook", webhooks.CREATE_WEBHOOK, status=201, example=_WEBHOOK, tagged=True),
)
async def create_webhook(caller: CallerOf, body: webhooks.CreateWebhook) -> Response:
    """Have what one may see sent to an address, from now on, signed as Standard Webhooks says.

    `secret` is told this once. Repeated with the same `Idempotency-Key` it makes no other one: a
    409 names the webhook that was made.
    """
    made = await caller.ask(webhooks.CREATE_WEBHOOK, body)
    # The tag is that of what is shown from now on, which holds no secret.
    to_be_shown = orjson.loads(made)
    del to_be_shown["secret"]
    answer = created(made, caller.path("/api/webhooks/{id}/"))
    return validated(answer, entity_tag(orjson.dumps(to_be_shown)))


@router.get("/api/webhooks/{id:id}/", **says("One webhook", webhooks.GET_WEBHOOK, tagged=True))
async def get_webhook(caller: CallerOf, id: PathId) -> Response:
    """One of one's own webhooks; where it is disabled, since when and why."""
    body = await caller.ask(webhooks.GET_WEBHOOK, _one(id))
    return shown(caller.request, body)


@router.patch(
    "/api/webhooks/{id:id}/",
    **says(
        "Change a webhook",
        webhooks.CHANGE_WEBHOOK,
        example={"types": ["practice.#"], "enabled": True},
        tagged=True,
    ),
)
async def change_webhook(
    caller: CallerOf, id: PathId, only_if: OnlyIf, change: webhooks.WebhookChange
) -> Response:
    """Change what is named. Once it is enabled again, what waited goes on.

    What waits and is of none of its `types` any more is not sent: `withheld`, and `unwanted`.
    """
    asked = conditional(webhooks.ChangeWebhook, only_if, id=id, change=change)
    body = await caller.ask(webhooks.CHANGE_WEBHOOK, asked)
    return validated(ok(body), entity_tag(body))


@router.delete(
    "/api/webhooks/{id:id}/",
    **says("Delete a webhook", webhooks.DELETE_WEBHOOK, status=204),
)
async def delete_webhook(caller: CallerOf, id: PathId, only_if: OnlyIf) -> Response:
    """Delete a webhook with its deliveries; nothing more is sent there."""
    await caller.ask(webhooks.DELETE_WEBHOOK, conditional(webhooks.DeleteWebhook, only_if, id=id))
    return gone()


@router.post(
    "/api/webhooks/{id:id}/rotate/",
    **says("Rotate the secret", webhooks.ROTATE_SECRET, example={"overlap_hours": 24}),
)
async def rotate_secret(
    caller: CallerOf, id: PathId, form: webhooks.RotationForm | None = None
) -> Response:
    """Get another secret, told this once. The one of before signs for a day, too, unless the body
    says otherwise; those before it keep their time. Five sign at a time: one more is a 409 that
    says when the first ends. It is done once for each `Idempotency-Key`: a 409 says that it was.
    """
    said = form or webhooks.RotationForm()
    asked = webhooks.RotateSecret.model_construct(id=id, overlap_hours=said.overlap_hours)
    return ok(await caller.ask(webhooks.ROTATE_SECRET, asked))


@router.post("/api/webhooks/{id:id}/test/", **says("Send a test", webhooks.TEST_WEBHOOK))
async def test_webhook(caller: CallerOf, id: PathId) -> Response:
    """Send `notify.webhook_tested.v1` to a webhook, whatever its types, enabled or not.

    It is tried once, within seconds. What is answered is its delivery, which says what came of it
    when it is got again. That changes nothing of the webhook: a 410 does not disable it here.
    """
    return ok(await caller.ask(webhooks.TEST_WEBHOOK, _one(id)))


@router.get(
    "/api/webhooks/{id:id}/deliveries/",
    **says("List deliveries", webhooks.PAGE_DELIVERIES, query=True),
)
async def list_deliveries(
    caller: CallerOf, id: PathId, query: Annotated[DeliveriesQuery, Query()]
) -> Response:
    """What was sent to a webhook in the last 30 days, or waits to be, the newest event first."""
    asked = webhooks.PageDeliveries.model_construct(id=id, before=query.before, limit=query.limit)
    return ok(await caller.ask(webhooks.PAGE_DELIVERIES, asked))


@router.get(
    "/api/webhooks/{id:id}/deliveries/{delivery:id}/",
    **says("One delivery", webhooks.GET_DELIVERY),
)
async def get_delivery(caller: CallerOf, id: PathId, delivery: PathId) -> Response:
    """An event on its way to a webhook, or after it, with what the last try was answered."""
    return ok(await caller.ask(webhooks.GET_DELIVERY, _delivery(id, delivery)))


@router.post(
    "/api/webhooks/{id:id}/deliveries/{delivery:id}/redeliver/",
    **says("Redeliver one", webhooks.REDELIVER),
)
async def redeliver(caller: CallerOf, id: PathId, delivery: PathId) -> Response:
    """Send one again now, whatever came of it, with all its retries; `tries` counts on. One that is
    under way is sent once more afterwards.
    """
    return ok(await caller.ask(webhooks.REDELIVER, _delivery(id, delivery)))


@router.post(
    "/api/webhooks/{id:id}/redeliver/",
    **says("Redeliver all since a time", webhooks.REDELIVER_SINCE, example=_SINCE),
)
async def redeliver_since(caller: CallerOf, id: PathId, form: webhooks.RedeliveryForm) -> Response:
    """Send again what was recorded since a time, and what was missed while it was disabled.

    That is what one may see now and the webhook's types choose, oldest first. One request looks at
    a thousand events; where more follow, `next` is the `since` to go on with. `since` is any moment
    of RFC 3339, with its offset: `2026-11-27T10:00:00Z`, `2026-11-27T13:00:00.5+03:00`.
    """
    asked = webhooks.RedeliverSince.model_construct(id=id, since=form.since)
    return ok(await caller.ask(webhooks.REDELIVER_SINCE, asked))


def _one(id: int) -> webhooks.OneWebhook:
    return webhooks.OneWebhook.model_construct(id=id)


def _delivery(id: int, delivery: int) -> webhooks.OneDelivery:
    return webhooks.OneDelivery.model_construct(id=id, delivery=delivery)
