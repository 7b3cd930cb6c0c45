"""Signatures of what is delivered, through rotations of the secret."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from delivering import Record, Sender
from receivers import Receiver, receiver
from standardwebhooks import Webhook, WebhookVerificationError

from chassis.process import clock
from contracts.notify import webhooks as methods
from contracts.practice import events as practice

Ask = Callable[..., Any]
NewId = Callable[[], int]
Make = Callable[..., Any]


def test_what_was_changed_replayed_or_signed_by_another_is_not_taken_for_ours(
    sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint.url)
        record.add(happened(practice.SESSION_LOGGED, person))
        sender.send()
    (request,) = endpoint.requests
    key = Webhook(made["secret"])
    replayed = {**request.signed, "webhook-timestamp": str(int(clock.now().timestamp()) - 600)}
    other = Webhook("whsec_" + base64.b64encode(b"a" * 32).decode())
    for verifier, body, headers in (
        (key, request.body + b" ", request.signed),
        (key, request.body, replayed),
        (key, request.body, {**request.signed, "webhook-id": "another"}),
        (other, request.body, request.signed),
    ):
        with pytest.raises(WebhookVerificationError):
            verifier.verify(body, headers)


def test_while_a_rotated_secret_overlaps_both_verify(
    sender: Sender,
    record: Record,
    webhook: Make,
    ask: Ask,
    new_id: NewId,
    happened: Make,
    later: Make,
) -> None:
    person = new_id()

    def sent(endpoint: Receiver) -> Any:
        record.add(happened(practice.SESSION_LOGGED, person))
        sender.send()
        return endpoint.requests[-1]

    def fits(secret: str, request: Any) -> bool:
        stamp = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
        sign = Webhook(secret).sign(request.headers["webhook-id"], stamp, request.body.decode())
        return sign in request.headers["webhook-signature"].split(" ")

    with receiver() as endpoint:
        made = webhook(person, endpoint.url)
        first = made["secret"]
        second = ask(methods.ROTATE_SECRET, by=person, id=made["id"], overlap_hours=1)["secret"]
        request = sent(endpoint)
        Webhook(first).verify(request.body, request.signed)
        Webhook(second).verify(request.body, request.signed)
        later(timedelta(hours=1, minutes=1))
        request = sent(endpoint)
        assert (fits(first, request), fits(second, request)) == (False, True)
        third = ask(methods.ROTATE_SECRET, by=person, id=made["id"], overlap_hours=0)["secret"]
        request = sent(endpoint)
        assert (fits(second, request), fits(third, request)) == (False, True)


def test_a_second_rotation_leaves_the_secret_that_the_receiver_has(
    sender: Sender,
    record: Record,
    webhook: Make,
    ask: Ask,
    new_id: NewId,
    happened: Make,
    later: Make,
) -> None:
    """Whoever lost what they were told rotates again: what is in use goes on."""
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint.url)
        one = {"by": person, "id": made["id"]}
        secrets = [
            made["secret"],
            *(ask(methods.ROTATE_SECRET, **one, overlap_hours=h)["secret"] for h in (24, 3, 2)),
        ]

        def verified() -> list[int]:
            record.add(happened(practice.SESSION_LOGGED, person))
            sender.send()
            request = endpoint.requests[-1]
            stamp = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
            said = request.headers["webhook-signature"].split(" ")
            signed = (request.headers["webhook-id"], stamp, request.body.decode())
            found = [n for n, s in enumerate(secrets) if Webhook(s).sign(*signed) in said]
            assert len(said) == len(found)
            return found

        assert verified() == [0, 1, 2, 3]
        # Each for as long as was said when it was replaced.
        later(timedelta(hours=2, minutes=1))
        assert verified() == [0, 1, 3]
        later(timedelta(hours=1))
        assert verified() == [0, 3]
        secrets.append(ask(methods.ROTATE_SECRET, **one, overlap_hours=1)["secret"])
        assert verified() == [0, 3, 4]
        later(timedelta(hours=21))
        assert verified() == [4]
        # Of what got out none is trusted, whatever was said.
        secrets.append(ask(methods.ROTATE_SECRET, **one, overlap_hours=2)["secret"])
        secrets.append(ask(methods.ROTATE_SECRET, **one, overlap_hours=0)["secret"])
        assert verified() == [6]
