"""Deliveries that are asked for once more."""

from collections.abc import Callable
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
