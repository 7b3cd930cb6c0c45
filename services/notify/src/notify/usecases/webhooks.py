"""Making, listing, changing, testing and removing one's own webhooks."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.data import commands
from chassis.data.database import Database, Reader, Transaction
from chassis.process import clock
from chassis.rpc import preconditions
from chassis.work.encoding import Encoded
from contracts.activity import chosen
from contracts.models import Nothing
from contracts.moments import written as written_moment
from contracts.notify import webhooks as methods
from contracts.preconditions import Precondition
from contracts.refusals import Conflict, NotFound
from contracts.rpc import Actor, Call
from contracts.validation_messages import wrong_fields
from notify import events
from notify.domain.addresses import BadUrl, parted
from notify.domain.deliveries import MOST_WEBHOOKS, pattern_of
from notify.domain.secrets import MOST_SECRETS, TooManySecrets
from notify.outgoing.posting import Poster
from notify.outgoing.resolving import Forbidden, Unresolved
from notify.outgoing.signing import new_secret, written
from notify.store import deliveries, webhooks
from notify.store.people import people
from notify.store.webhooks import Webhook


def create_webhook(db: Database, call: Call[methods.CreateWebhook], *, poster: Poster) -> Encoded:
    """Make a webhook, and tell its secret, this once.

    Raises:
        Conflict: The asker has as many as one may have, or it was made by this request before.
        Invalid: Nothing may be sent to that address, or a type chooses nothing.
        Unauthenticated: The account was deleted.
    """
    # Before the address is looked for, which may take seconds: it may be another one by now.
    if answer := commands.answered(db.reader, methods.CREATE_WEBHOOK, call):
        return answer
    asked = call.body
    _check_url(asked.url, poster)
    _check_types(asked.types)

    def work(tx: Transaction) -> dict[str, Any]:
        person, now = people.lock(tx, call.asker), clock.now()
        secret = new_secret()
        webhook = webhooks.add(
            tx,
            person.id,
            url=asked.url,
            types=asked.types,
            matches=pattern_of(asked.types),
            description=asked.description,
            secret=secret,
            now=now,
        )
        if webhook is None:
            raise Conflict(f"You have {MOST_WEBHOOKS} webhooks. Delete one to make another.")
        return {**_shown(webhook, now), "secret": written(secret)}

    return commands.once(db, methods.CREATE_WEBHOOK, call, work)


def list_webhooks(reader: Reader, call: Call[Nothing]) -> list[dict[str, Any]]:
    """Return the asker's webhooks, in the order in which they were made."""
    now = clock.now()
    return [_shown(webhook, now) for webhook in webhooks.page(reader, call.asker.id)]


def get_webhook(reader: Reader, call: Call[methods.OneWebhook]) -> dict[str, Any]:
    """Return one of the asker's webhooks. Raises NotFound for another."""
    return _shown(there(webhooks.find(reader, call.asker.id, call.body.id)), clock.now())


def change_webhook(db: Database, call: Call[methods.ChangeWebhook], *, poster: Poster) -> Encoded:
    """Change what is named of a webhook.

    Raises:
        Invalid: Nothing may be sent to the new address, or a type chooses nothing.
        NotFound: There is no such webhook, or it is another's.
        PreconditionFailed: It is not what the asker saw.
        Unauthenticated: The account was deleted.
    """
    if answer := commands.answered(db.reader, methods.CHANGE_WEBHOOK, call):
        return answer
    asked, named = call.body, call.body.change.named()
    there(webhooks.find(db.reader, call.asker.id, asked.id))
    if "url" in named:
        _check_url(named["url"], poster)
    _check_types(named.get("types", ()))

    def work(tx: Transaction) -> dict[str, Any]:
        now = clock.now()
        before = _locked(tx, call.asker, asked.id, asked.precondition)
        after = replace(_switched(before, named.pop("enabled", None), now), **named)
        if after != before:
            after = replace(after, updated_at=now)
            webhooks.change(tx, call.asker.id, after, pattern_of(after.types))
        return _shown(after, now)

    return commands.once(db, methods.CHANGE_WEBHOOK, call, work)


def delete_webhook(tx: Transaction, call: Call[methods.DeleteWebhook]) -> dict[str, str]:
    """Remove a webhook, with what waits for it.

    Raises:
        NotFound: There is no such webhook, or it is another's.
        PreconditionFailed: It is not what the asker saw.
        Unauthenticated: The account was deleted.
    """
    asked = call.body
    webhook = _locked(tx, call.asker, asked.id, asked.precondition)
    webhooks.remove(tx, webhook.id, clock.now())
    return {"message": "The webhook is deleted. Nothing more is sent there."}


def rotate_secret(tx: Transaction, call: Call[methods.RotateSecret]) -> dict[str, Any]:
    """Give a webhook another secret, and tell it, this once.

    Raises:
        Conflict: This request did so before, or as many secrets sign as may.
        NotFound: There is no such webhook, or it is another's.
        Unauthenticated: The account was deleted.
    """
    asked, now, secret = call.body, clock.now(), new_secret()
    person = people.lock(tx, call.asker)
    before = webhooks.lock_secrets(tx, person.id, asked.id)
    if before is None:
        raise _nothing()
    try:
        after = before.rotated(secret, now, timedelta(hours=asked.overlap_hours))
    except TooManySecrets as full:
        raise Conflict(
            f"{MOST_SECRETS} secrets sign for this webhook already; the first of them ceases to at "
            f"{written_moment(full.until)}. Rotate after that, or with overlap_hours 0, which ends "
            "all of before at once."
        ) from None
    webhooks.change_secrets(tx, asked.id, after, now)
    until = after.former[0].until if after.former else None
    return {"id": asked.id, "secret": written(secret), "former_secret_until": until}


def test_webhook(tx: Transaction, call: Call[methods.OneWebhook]) -> dict[str, Any]:
    """Send a test to a webhook, enabled or not; return its delivery, which tells what came of it.

    It is tried once, and changes nothing of the webhook.

    Raises:
        Conflict: Another test is on its way.
        NotFound: There is no such webhook, or it is another's.
        Unauthenticated: The account was deleted.
    """
    now = clock.now()
    webhook = _locked(tx, call.asker, call.body.id)
    sequence = webhooks.count_test(tx, webhook.id)
    test = events.webhook_tested(
        webhook.id, UUID(str(uuid7())), sequence=sequence, actor=call.asker.id, time=now
    )
    delivery = deliveries.add_test(
        tx,
        call.asker.id,
        webhook.id,
        event_id=test.id,
        type=test.type,
        subject=test.subject,
        body=test.model_dump_json(),
        now=now,
    )
    if delivery is None:
        raise Conflict("A test is on its way already. Look at its delivery, then try again.")
    webhooks.wake(tx, call.asker.id, now)
    return delivery._asdict()


def there(webhook: Webhook | None) -> Webhook:
    """Return the webhook that was looked for. Raises NotFound where there is none."""
    if webhook is None:
        raise _nothing()
    return webhook


def _nothing() -> NotFound:
    return NotFound("You have no such webhook. List your webhooks to see their ids.")


def _locked(
    tx: Transaction, asker: Actor, webhook: int, precondition: Precondition | None = None
) -> Webhook:
    person = people.lock(tx, asker)
    found = there(webhooks.lock(tx, person.id, webhook))
    preconditions.check(precondition, lambda: _shown(found, clock.now()), found.updated_at)
    return found


def _switched(webhook: Webhook, enabled: bool | None, now: datetime) -> Webhook:
    """Return the webhook enabled or disabled, as its owner says; None says nothing."""
    if enabled is None or enabled == (webhook.disabled_at is None):
        return webhook
    if enabled:
        return replace(webhook, disabled_reason=None, disabled_at=None)
    return replace(webhook, disabled_reason="owner", disabled_at=now)


def _check_url(url: str, poster: Poster) -> None:
    try:
        poster.addresses(parted(url).hostname or "")
    except BadUrl as fault:
        raise wrong_fields({"url": [str(fault)]}) from None
    except Forbidden:
        message = "Must lead to public addresses alone: nothing is sent into a network of its own."
        raise wrong_fields({"url": [message]}) from None
    except Unresolved:
        message = "Must name a host that DNS knows. Try again later if it does."
        raise wrong_fields({"url": [message]}) from None


def _check_types(types: Any) -> None:
    try:
        chosen(types)
    except ValueError as fault:
        message = str(fault)
        raise wrong_fields({"types": [f"{message[0].upper()}{message[1:]}."]}) from None


def _shown(webhook: Webhook, now: datetime) -> dict[str, Any]:
    until = webhook.former_secret_until
    return {
        "id": webhook.id,
        "url": webhook.url,
        "types": webhook.types,
        "description": webhook.description,
        "enabled": webhook.disabled_at is None,
        "disabled_reason": webhook.disabled_reason,
        "disabled_at": webhook.disabled_at,
        "former_secret_until": until if until is not None and until > now else None,
        "created_at": webhook.created_at,
        "updated_at": webhook.updated_at,
    }
