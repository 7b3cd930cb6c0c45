"""Deliveries that are asked for once more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from delivering import PAST, Record, Sender, ids
from receivers import receiver, status

from chassis.process import clock
from contracts.khatma import events as khatma
from contracts.notify import webhooks as methods
from contracts.practice import events as practice

Ask = Callable[..., Any]
NewId = Callable[[], int]
Make = Callable[..., Any]


def test_what_was_recorded_since_then_is_sent_again_and_what_was_missed_as_well(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
) -> None:
    person, group, former = new_id(), new_id(), new_id()
    record.join(group, person)
    with receiver() as endpoint:
        made = webhook(person, endpoint.url, types=["practice.#", "khatma.part_completed"])
        old = happened(practice.SESSION_LOGGED, person)
        record.add(old)
        sender.send()
        since = clock.now()
        sent = happened(practice.SESSION_LOGGED, person)
        record.add(sent)
        sender.send()
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"enabled": False})
        missed = [
            happened(practice.SESSION_LOGGED, person),
            record.part(group, person),
        ]
        record.add(*missed, record.of(khatma.PROGRESS_NOTED, group, person))
        # Of a khatma that they are not in, and another's.
        record.add(record.part(former, new_id()))
        record.add(happened(practice.SESSION_LOGGED, new_id()))
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"enabled": True})
        assert sender.send() == 0
        answer = ask(methods.REDELIVER_SINCE, by=person, id=made["id"], since=since)
        assert (answer["redelivered"], answer["next"]) == (3, None)
        sender.send()
    again = [str(event.id) for event in (sent, *missed)]
    assert ids(endpoint)[:2] == [str(old.id), str(sent.id)]
    assert sorted(ids(endpoint)[2:]) == sorted(again)
    # The order within each subject is kept.
    assert [each for each in ids(endpoint)[2:] if each != again[2]] == again[:2]


def test_one_request_redelivers_so_much_and_says_where_to_go_on(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from notify.usecases import deliveries as usecases

    monkeypatch.setattr(usecases, "MOST_AGAIN", 4)
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint.url)
        events = [happened(practice.SESSION_LOGGED, person) for _ in range(6)]
        since: Any = clock.now()
        for event in events:
            record.add(event)
        sender.send()
        while since is not None:
            answer = ask(methods.REDELIVER_SINCE, by=person, id=made["id"], since=since)
            since = answer["next"]
        sender.send()
    assert set(ids(endpoint)[6:]) == {str(event.id) for event in events}


def test_how_many_are_sent_again_is_said_in_grammar(
    sender: Sender, record: Record, ask: Ask, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    since: Any = clock.now()
    said = []
    with receiver() as endpoint:
        made = webhook(person, endpoint.url)
        for _ in range(3):
            answer = ask(methods.REDELIVER_SINCE, by=person, id=made["id"], since=since)
            said.append(answer["message"])
            record.add(happened(practice.SESSION_LOGGED, person))
        sender.send()
    assert said == [
        "0 events are sent again.",
        "1 event is sent again.",
        "2 events are sent again.",
    ]


def test_what_is_under_way_and_redelivered_is_sent_once_more_afterwards(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    deliveries: Make,
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint.url)
        since = clock.now()
        events = [happened(practice.SESSION_LOGGED, person) for _ in range(3)]
        record.add(*events)
        one = {"by": person, "id": made["id"]}
        first, *_ = deliveries(person, made)
        for again in (
            lambda: ask(methods.REDELIVER, **one, delivery=first["id"]),
            lambda: ask(methods.REDELIVER_SINCE, **one, since=since),
        ):
            for code in (200, 500):
                endpoint.answer = status(code)
                under_way = sender.take()
                assert [each.id for each in under_way] == [first["id"]]
                again()
                sender.settle(under_way)
                shown, *_ = deliveries(person, made)
                assert (shown["state"], shown["tries"]) == ("waiting", 0)
        endpoint.answer = status(200)
        endpoint.requests.clear()
        assert sender.send() == 3
        assert {each["state"] for each in deliveries(person, made)} == {"delivered"}
    # Once, and before what waited behind it.
    assert ids(endpoint) == [str(event.id) for event in events]


def test_who_redelivers_what_is_tried_for_the_last_time_has_no_webhook_disabled_by_it(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    later: Make,
    deliveries: Make,
) -> None:
    person = new_id()
    with receiver(status(500)) as endpoint:
        made = webhook(person, endpoint.url)
        record.add(happened(practice.SESSION_LOGGED, person))
        sender.send()
        for wait in PAST[:-1]:
            later(wait)
            sender.send()
        later(PAST[-1])
        last = sender.take()
        (delivery,) = deliveries(person, made)
        assert delivery["tries"] == 9
        ask(methods.REDELIVER, by=person, id=made["id"], delivery=delivery["id"])
        sender.settle(last)
        assert ask(methods.GET_WEBHOOK, by=person, id=made["id"])["enabled"]
        endpoint.answer = status(200)
        assert sender.send() == 1


def test_tries_count_on_when_it_is_sent_again_and_its_retries_begin_anew(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    later: Make,
    deliveries: Make,
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint.url)
        since = clock.now()
        record.add(happened(practice.SESSION_LOGGED, person))
        sender.send()
        (delivery,) = deliveries(person, made)
        endpoint.answer = status(500)
        one = {"by": person, "id": made["id"]}
        said = ask(methods.REDELIVER, **one, delivery=delivery["id"])
        assert (said["state"], said["tries"], said["response_code"]) == ("waiting", 1, 200)
        assert deliveries(person, made)[0]["tries"] == 1
        sender.send()
        for tries in range(2, 11):
            (shown,) = deliveries(person, made)
            assert (shown["state"], shown["tries"]) == ("waiting", tries)
            assert (shown["response_code"], shown["problem"]) == (500, "status")
            later(PAST[tries - 2])
            assert sender.send() == 1
        (shown,) = deliveries(person, made)
        assert (shown["state"], shown["tries"]) == ("failed", 11)
        ask(methods.CHANGE_WEBHOOK, **one, change={"enabled": True})
        ask(methods.REDELIVER_SINCE, **one, since=since)
        assert deliveries(person, made)[0]["tries"] == 11
        endpoint.answer = status(200)
        sender.send()
        (shown,) = deliveries(person, made)
        assert (shown["state"], shown["tries"], shown["problem"]) == ("delivered", 12, None)


def test_what_is_withheld_and_sent_again_shows_its_last_try(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    later: Make,
    deliveries: Make,
) -> None:
    person, group = new_id(), new_id()
    record.join(group, person)
    with receiver(status(500)) as endpoint:
        made = webhook(person, endpoint.url)
        one = {"by": person, "id": made["id"]}
        record.add(record.part(group, person))
        sender.send()
        ask(methods.CHANGE_WEBHOOK, **one, change={"types": ["practice.#"]})
        later(timedelta(seconds=6))
        sender.send()

        def shown() -> tuple[Any, ...]:
            found, *_ = deliveries(person, made)
            return tuple(found[word] for word in ("state", "tries", "response_code", "problem"))

        assert shown() == ("withheld", 1, 500, "unwanted")
        number = deliveries(person, made)[0]["id"]
        # It is wanted now; and that nothing is sent then has another reason.
        said = ask(methods.REDELIVER, **one, delivery=number)
        assert (said["state"], said["tries"], said["problem"]) == ("waiting", 1, None)
        assert shown() == ("waiting", 1, 500, None)
        record.add(record.of(khatma.MEMBER_LEFT, group, person))
        sender.send()
        assert shown() == ("withheld", 1, 500, None)
        ask(methods.REDELIVER, **one, delivery=number)
        assert shown() == ("waiting", 1, 500, None)
        sender.send()
        assert shown() == ("withheld", 1, 500, None)
        assert len(endpoint.requests) == 1
