"""Deliveries: what is sent to whom, in which order, and for how long it is kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from delivering import Record, Sender, ids
from receivers import Receiver, receiver, says, status
from standardwebhooks import Webhook

from chassis.data.database import Database
from chassis.testing import envelope
from contracts.events import Envelope
from contracts.khatma import events as khatma
from contracts.notify import webhooks as methods
from contracts.practice import events as practice
from contracts.refusals import Conflict
from notify.usecases.sweeping import sweep

Ask = Callable[..., Any]
NewId = Callable[[], int]
Make = Callable[..., Any]


def test_an_event_is_sent_as_it_was_published_and_signed(
    sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make, deliveries: Make
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint.url)
        event = happened(practice.SESSION_LOGGED, person)
        record.add(event)
        assert sender.send() == 1
    (request,) = endpoint.requests
    said = Webhook(made["secret"]).verify(request.body, request.signed)
    assert Envelope.model_validate(said) == envelope(event)
    assert request.headers["webhook-id"] == str(event.id)
    assert request.headers["Content-Type"] == "application/json"
    (delivery,) = deliveries(person, made)
    assert (delivery["state"], delivery["tries"]) == ("delivered", 1)
    assert (delivery["response_code"], delivery["problem"]) == (200, None)
    assert delivery["event_id"] == str(event.id)
    assert delivery["latency_ms"] >= 0
    assert delivery["next_try_at"] is None
    assert sender.send() == 0


def test_only_the_types_that_were_chosen_are_sent(
    sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person, group = new_id(), new_id()
    record.join(group, person)
    with receiver() as some, receiver() as all_of_them:
        webhook(person, some.url, types=["khatma.part_completed", "practice.#"])
        webhook(person, all_of_them.url)
        record.add(
            record.of(khatma.PROGRESS_NOTED, group, person),
            record.part(group, person),
            happened(practice.SESSION_LOGGED, person),
        )
        sender.send()

    def kinds(endpoint: Receiver) -> list[str]:
        return sorted(orjson.loads(request.body)["type"] for request in endpoint.requests)

    assert kinds(some) == ["khatma.part_completed.v1", "practice.session_logged.v1"]
    assert len(kinds(all_of_them)) == 3


def test_nobody_gets_what_others_see(
    sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person, other, group = new_id(), new_id(), new_id()
    record.join(group, other)
    with receiver() as endpoint:
        webhook(person, endpoint.url)
        record.add(
            record.part(group, other),
            happened(practice.SESSION_LOGGED, other),
        )
        sender.send()
    assert endpoint.requests == []


def test_events_about_one_subject_come_in_their_order(
    sender: Sender, record: Record, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with receiver() as endpoint:
        webhook(person, endpoint.url)
        events = [happened(practice.SESSION_LOGGED, person) for _ in range(20)]
        record.add(*events)
        assert sender.send() == 20
    assert ids(endpoint) == [str(event.id) for event in events]
    assert endpoint.most_open == 1


def test_a_test_is_sent_at_once_and_once_and_changes_nothing(
    sender: Sender, record: Record, ask: Ask, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with receiver(status(500)) as endpoint:
        made = webhook(person, endpoint.url, types=["khatma.created"])
        record.add(happened(practice.SESSION_LOGGED, person))
        test = ask(methods.TEST_WEBHOOK, by=person, id=made["id"])
        assert (test["type"], test["state"]) == ("notify.webhook_tested.v1", "waiting")
        with pytest.raises(Conflict, match="on its way"):
            ask(methods.TEST_WEBHOOK, by=person, id=made["id"])
        sender.send()
        assert len(endpoint.requests) == 1
        (request,) = endpoint.requests
        said = Webhook(made["secret"]).verify(request.body, request.signed)
        event = Envelope.model_validate(said)
        assert event.subject == f"webhook/{made['id']}"
        assert (event.sequence, event.data) == (1, {"webhook_id": made["id"]})
        came = ask(methods.GET_DELIVERY, by=person, id=made["id"], delivery=test["id"])
        assert (came["state"], came["response_code"], came["tries"]) == ("failed", 500, 1)
        # One that is disabled can be tested, too, before it is enabled.
        endpoint.answer = status(410)
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"enabled": False})
        ask(methods.TEST_WEBHOOK, by=person, id=made["id"])
        assert sender.send() == 1
        assert ask(methods.GET_WEBHOOK, by=person, id=made["id"])["disabled_reason"] == "owner"
        with pytest.raises(Conflict, match="test"):
            ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"enabled": True})
            ask(methods.REDELIVER, by=person, id=made["id"], delivery=test["id"])


def test_who_left_before_it_is_sent_does_not_get_it(
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
    with receiver(status(500)) as endpoint:
        made = webhook(person, endpoint.url)
        record.add(record.part(group, person))
        assert sender.send() == 1
        # They leave, and are told so; then the retry of what they may not see any more is due.
        left = record.of(khatma.MEMBER_LEFT, group, person)
        record.add(left)
        endpoint.answer = status(200)
        later(timedelta(seconds=6))
        sender.send()
    assert ids(endpoint)[1:] == [str(left.id)]
    assert [each["state"] for each in deliveries(person, made)] == ["withheld", "delivered"]


def test_what_waits_and_is_wanted_no_more_is_not_sent_and_says_so(
    sender: Sender,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    deliveries: Make,
    later: Make,
) -> None:
    person, group = new_id(), new_id()
    record.join(group, person)
    with receiver(status(500)) as endpoint:
        made = webhook(person, endpoint.url)
        part, session = record.part(group, person), happened(practice.SESSION_LOGGED, person)
        record.add(part, session)
        assert sender.send() == 2
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"types": ["practice.#"]})
        endpoint.answer = status(200)
        later(timedelta(seconds=6))
        sender.send()
        assert ids(endpoint)[2:] == [str(session.id)]
        shown = [(each["state"], each["problem"]) for each in deliveries(person, made)]
        assert shown == [("withheld", "unwanted"), ("delivered", None)]
        assert [each["tries"] for each in deliveries(person, made)] == [1, 2]

        # Whoever asks for one by itself wants it.
        (one, _) = deliveries(person, made)
        ask(methods.REDELIVER, by=person, id=made["id"], delivery=one["id"])
        sender.send()
        assert ids(endpoint)[3:] == [str(part.id)]


def test_what_waits_for_a_deleted_webhook_is_not_sent_and_goes(
    sender: Sender,
    db: Database,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    connection: Any,
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint.url)
        record.add(happened(practice.SESSION_LOGGED, person))
        ask(methods.DELETE_WEBHOOK, by=person, id=made["id"])
        assert sender.send() == 0
        record.add(happened(practice.SESSION_LOGGED, person))
        assert sender.send() == 0
    sweep(db)
    with connection.cursor() as cursor:
        for table in ("webhook", "delivery", "delivery_line"):
            cursor.execute(f"select count(*) from {table} where person_id = %s", [person])
            assert cursor.fetchone() == (0,), table


def test_deliveries_go_after_thirty_days_whatever_became_of_them(
    sender: Sender,
    db: Database,
    record: Record,
    ask: Ask,
    webhook: Make,
    new_id: NewId,
    happened: Make,
    later: Make,
    deliveries: Make,
) -> None:
    person = new_id()
    with receiver(says(b"")) as endpoint:
        made = webhook(person, endpoint.url)
        record.add(*(happened(practice.SESSION_LOGGED, person) for _ in range(2)))
        sender.send()
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"enabled": False})
        later(timedelta(days=29))
        sweep(db)
        assert len(deliveries(person, made)) == 2
        later(timedelta(days=2))
        sweep(db)
        assert deliveries(person, made) == []
        # What is left of its line is no trouble.
        ask(methods.CHANGE_WEBHOOK, by=person, id=made["id"], change={"enabled": True})
        assert sender.send() == 0
        endpoint.answer = status(200)
        record.add(happened(practice.SESSION_LOGGED, person))
        assert sender.send() == 1


def test_deliveries_are_paged_from_the_newest(
    sender: Sender, record: Record, ask: Ask, webhook: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = webhook(person, endpoint.url)
        events = [happened(practice.SESSION_LOGGED, person) for _ in range(5)]
        record.add(*events)
    seen, before = [], None
    while True:
        page = ask(methods.PAGE_DELIVERIES, by=person, id=made["id"], limit=2, before=before)
        seen += [each["event_id"] for each in page["results"]]
        before = page["next"]
        if before is None:
            break
    assert seen == [str(event.id) for event in reversed(events)]
