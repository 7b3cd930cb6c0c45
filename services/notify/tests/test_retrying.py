"""Deliveries that fail: when they are tried again, what waits behind them, and what ends it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from delivering import PAST, WAITS, Record, Sender, ids
from receivers import receiver, status

from contracts.notify import webhooks as methods
from contracts.practice import events as practice
from contracts.refusals import Conflict
from notify.usecases.delivering import LEASE

Ask = Callable[..., Any]
NewId = Callable[[], int]
Make = Callable[..., Any]


def test_a_failing_delivery_holds_back_what_is_behind_it_and_nothing_else(
    sender: Sender,
    record: Record,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    deliveries: Make,
    later: Make,
) -> None:
    person, group = new_id(), new_id()
    record.join(group, person)
    first, second = (record.part(group, person) for _ in range(2))
    own = [happened(practice.SESSION_LOGGED, person) for _ in range(2)]
    failing = [True]

    def answer(connected: Any) -> None:
        about = orjson.loads(bad.requests[-1].body)["subject"]
        status(500 if failing[0] and about.startswith("khatma/") else 200)(connected)

    with receiver() as good, receiver(answer) as bad:
        made = webhook(person, bad.url)
        webhook(person, good.url)
        record.add(first, own[0], second, own[1])
        sender.send()
        assert len(ids(good)) == 4
        assert str(second.id) not in ids(bad)
        assert {str(event.id) for event in own} < set(ids(bad))
        held = {each["event_id"]: each for each in deliveries(person, made)}
        assert held[str(first.id)]["problem"] == "status"
        assert held[str(first.id)]["response_code"] == 500
        assert held[str(first.id)]["next_try_at"] is not None
        assert (held[str(second.id)]["state"], held[str(second.id)]["tries"]) == ("waiting", 0)
        assert held[str(second.id)]["next_try_at"] is None
        failing[0] = False
        assert sender.send() == 0, "not before its wait is over"
        later(timedelta(seconds=6))
        assert sender.send() == 2
        assert ids(bad)[-2:] == [str(first.id), str(second.id)]


def test_a_dead_endpoint_is_tried_ten_times_and_then_disabled_and_says_why(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    deliveries: Make,
    later: Make,
) -> None:
    person = new_id()
    with receiver(status(503)) as endpoint:
        made = webhook(person, endpoint.url)
        event, behind = (happened(practice.SESSION_LOGGED, person) for _ in range(2))
        record.add(event, behind)
        assert sender.send() == 1
        for wait in WAITS:
            later(timedelta(seconds=wait - 1))
            assert sender.send() == 0, wait
            later(timedelta(seconds=wait * 0.1 + 1))
            assert sender.send() == 1, wait
        assert ids(endpoint) == [str(event.id)] * 10
        stamps = [int(request.headers["webhook-timestamp"]) for request in endpoint.requests]
        assert stamps == sorted(set(stamps)), "each try is signed anew"
        shown = ask(methods.GET_WEBHOOK, by=person, id=made["id"])
        assert (shown["enabled"], shown["disabled_reason"]) == (False, "failing")
        failed, waiting = deliveries(person, made)
        assert (failed["state"], failed["tries"], failed["next_try_at"]) == ("failed", 10, None)
        assert (waiting["state"], waiting["tries"], waiting["next_try_at"]) == ("waiting", 0, None)
        later(timedelta(days=2))
        record.add(happened(practice.SESSION_LOGGED, person))
        assert sender.send() == 0, "nothing is sent, and nothing is planned"
        with pytest.raises(Conflict, match="disabled"):
            ask(methods.REDELIVER, by=person, id=made["id"], delivery=failed["id"])
        # Its owner mends it: what waited goes on, and what failed may be sent again.
        endpoint.answer = status(200)
        change = {"enabled": True}
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change=change)
        assert sender.send() == 1
        assert ids(endpoint)[-1] == str(behind.id)
        ask(methods.REDELIVER, by=person, id=made["id"], delivery=failed["id"])
        assert sender.send() == 1
        assert ids(endpoint)[-1] == str(event.id)
        assert {each["state"] for each in deliveries(person, made)} == {"delivered"}


def test_an_endpoint_that_takes_everything_else_is_not_disabled_for_one_event(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    later: Make,
) -> None:
    person, group = new_id(), new_id()
    record.join(group, person)

    def answer(connected: Any) -> None:
        about = orjson.loads(endpoint.requests[-1].body)["subject"]
        status(400 if about.startswith("khatma/") else 200)(connected)

    with receiver(answer) as endpoint:
        made = webhook(person, endpoint.url)
        poison, behind = (record.part(group, person) for _ in range(2))
        record.add(poison, behind)
        sender.send()
        for wait in PAST:
            later(wait)
            record.add(happened(practice.SESSION_LOGGED, person))
            sender.send()
        assert ask(methods.GET_WEBHOOK, by=person, id=made["id"])["enabled"] is True
        assert str(behind.id) in ids(endpoint), "what waited behind it has its turn"


def test_410_disables_at_once(
    sender: Sender, record: Record, ask: Ask, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with receiver(status(410)) as endpoint:
        made = webhook(person, endpoint.url)
        record.add(*(happened(practice.SESSION_LOGGED, person) for _ in range(3)))
        assert sender.send() == 1
    shown = ask(methods.GET_WEBHOOK, by=person, id=made["id"])
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")
    assert shown["disabled_at"] is not None


def test_who_asks_to_be_left_alone_for_a_while_is(
    sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make, later: Make
) -> None:
    person = new_id()
    with receiver(status(429, "Retry-After: 1000")) as endpoint:
        webhook(person, endpoint.url)
        record.add(happened(practice.SESSION_LOGGED, person))
        assert sender.send() == 1
        later(timedelta(seconds=990))
        assert sender.send() == 0
        later(timedelta(seconds=111))
        assert sender.send() == 1


def test_what_was_under_way_when_its_webhook_was_disabled_is_not_sent_again(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    later: Make,
) -> None:
    """Neither where its try failed, nor where the instance that had it died."""
    person, other = new_id(), new_id()
    with receiver(status(500)) as endpoint:
        made = [webhook(each, endpoint.url) for each in (person, other)]
        record.add(*(happened(practice.SESSION_LOGGED, each) for each in (person, other)))
        failing, _ = sender.take()
        for each, hook in zip((person, other), made, strict=True):
            ask(methods.CHANGE_WEBHOOK, by=each, id=hook["id"], change={"enabled": False})
        sender.settle([failing])
        later(LEASE * 2)
        sender.send()
        assert len(endpoint.requests) == 1
        endpoint.answer = status(200)
        for each, hook in zip((person, other), made, strict=True):
            ask(methods.CHANGE_WEBHOOK, by=each, id=hook["id"], change={"enabled": True})
        assert sender.send() == 2
