"""What becomes of an event: handled once, tried again, or parked where it can be seen."""

import json
import time
import uuid
from contextlib import contextmanager

import amqp
import eventlet
import probe
import pytest
from caller import cut, until, wrapped
from eventlet.event import Event
from sqlalchemy import text

from chassis import parked as parking
from chassis import queues
from chassis.broker import connect
from chassis.events import EventConsumer
from chassis.run import serving
from contracts.refusals import Unavailable

NOTED, SLOW = probe.HANDLER_QUEUES
JSON = {"content_type": "application/json", "delivery_mode": 2}


def envelope(number=1, kind="khatma.noted.v1", **changes):
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "/sakina/khatma",
        "type": kind,
        "subject": "person/1",
        "time": "2026-03-01T06:00:00Z",
        "dataschema": f"/schemas/events/{kind}.json",
        "datacontenttype": "application/json",
        "sequence": 1,
        "actor": 1,
        "traceparent": "00-aa-bb-01",
        "data": {"number": number},
        **changes,
    }


@pytest.fixture
def exchange(queue):
    """Publish to khatma's events."""
    opened = queue(NOTED)

    def publish(event, key="khatma.noted.v1", **properties):
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        opened.put(body, exchange="khatma.events", key=key, **{**JSON, **properties})

    return publish


@contextmanager
def held(behaviour):
    """Hold every slow handler until the block ends."""
    released = Event()
    behaviour.on_slow = lambda event: released.wait()
    try:
        yield
    finally:
        released.send(None)


def seen(db):
    return [row.note for row in db.read(text("select note from seen order by note"))]


def failing(times, error=None):
    left = [times]

    def fail(event):
        if left[0]:
            left[0] -= 1
            raise error or RuntimeError("not yet")

    return fail


def test_what_a_command_announces_reaches_its_handler(service, caller, behaviour):
    headers = {"nameko.traceparent": "00-cc-dd-01"}
    asked = {"text": "1", "times": 3}
    assert caller.ask("announce_notes", asked, application_headers=headers)["error"] is None
    until(lambda: sorted(behaviour.noted) == [1, 2, 3])
    assert {handled.traceparent for handled in behaviour.handled} == {"00-cc-dd-01"}


def test_an_event_that_comes_three_times_takes_effect_once(service, exchange, behaviour, db):
    events = [envelope(n) for n in range(5)]
    for event in events + events[::-1] + events[2:] + events[:2]:
        exchange(event)
    until(lambda: len(behaviour.noted) == 15)
    assert seen(db) == [0, 1, 2, 3, 4]


def test_fields_that_a_handler_does_not_know_are_no_fault(service, exchange, behaviour):
    exchange(envelope(8, data={"number": 8, "newer": True}, newer="too"))
    until(lambda: behaviour.noted == [8])


# Trying again


def test_a_handler_that_fails_is_tried_again_after_a_wait(service, exchange, behaviour, parked):
    behaviour.on_noted = failing(3)
    exchange(envelope(5))
    until(lambda: behaviour.noted == [5])
    assert len(behaviour.handled) == 4
    assert parked.size() == 0


def test_what_fails_four_times_is_parked_as_it_came_with_the_reason(
    service, exchange, behaviour, parked
):
    behaviour.on_noted = failing(4)
    event = envelope(6)
    exchange(event, message_id=event["id"])
    told = parked.get()
    assert json.loads(told.body) == event
    assert told.properties["message_id"] == event["id"]
    assert told.headers["x-queue"] == NOTED
    assert "RuntimeError" in told.headers["x-reason"]
    assert len(behaviour.handled) == 4


def test_one_event_that_fails_holds_up_no_other(service, exchange, behaviour, parked):
    poison = envelope(13)

    def fail(event):
        if event.data["number"] == 13:
            raise RuntimeError("poison")

    behaviour.on_noted = fail
    for number in range(12):
        exchange(envelope(number))
        if number % 4 == 0:
            exchange({**poison, "id": str(uuid.uuid4())})
    until(lambda: sorted(behaviour.noted) == list(range(12)))
    until(lambda: parked.size() == 3)


def test_an_event_waits_uncounted_while_what_its_handler_needs_is_away(
    service, exchange, behaviour, parked
):
    behaviour.on_noted = failing(6, Unavailable("The database is away."))
    exchange(envelope(7))
    until(lambda: behaviour.noted == [7])
    assert parked.size() == 0


def test_an_event_at_work_when_the_service_is_killed_comes_again(settings, exchange, behaviour, db):
    reached = []

    def hang(event):
        reached.append(event.id)
        if len(reached) == 1:
            eventlet.sleep(60)

    behaviour.on_noted = hang
    with serving(probe.Probe, settings, drain=False):
        exchange(envelope(9))
        until(lambda: reached)
    assert seen(db) == []
    with serving(probe.Probe, settings):
        until(lambda: seen(db) == [9])


def test_an_event_at_work_when_the_connection_is_lost_comes_again_and_counts_once(
    service, exchange, behaviour, db, parked
):
    behaviour.on_noted = lambda event: eventlet.sleep(0.2)
    exchange(envelope(10))
    until(lambda: behaviour.handled)
    cut(service, EventConsumer)
    until(lambda: len(behaviour.noted) == 2)
    assert seen(db) == [10]
    assert parked.size() == 0


def test_a_handler_that_fails_as_the_connection_is_lost_is_tried_again(
    service, exchange, behaviour, db
):
    def fail(event):
        if len(behaviour.handled) == 1:
            cut(service, EventConsumer)
            eventlet.sleep(0.1)
            raise RuntimeError("the last straw")

    behaviour.on_noted = fail
    exchange(envelope(11))
    until(lambda: seen(db) == [11])
    assert not service._died.ready()


def test_an_event_is_not_lost_where_its_waiting_place_is_gone(
    service, exchange, behaviour, queue, settings
):
    place = queues.wait_queue("khatma", 1, settings.retry_seconds[0])
    queue(place).channel.queue_delete(place)
    behaviour.on_noted = failing(1)
    exchange(envelope(12))
    until(lambda: behaviour.noted == [12])


# Parking and replay


def park(exchange, behaviour, parked, count=1):
    behaviour.on_noted = failing(4 * count)
    for number in range(count):
        event = envelope(number)
        exchange(event, message_id=event["id"])
    until(lambda: parked.size() == count)


@pytest.fixture
def command(broker, monkeypatch, capsys):
    monkeypatch.setenv("SAKINA_BROKER_URL", broker.url("khatma"))

    def run(*arguments):
        code = parking.main(list(arguments))
        return code, capsys.readouterr().out

    return run


def test_parked_messages_are_listed_and_stay(service, exchange, behaviour, parked, command):
    park(exchange, behaviour, parked, 2)
    code, said = command("list")
    assert code == 0
    assert said.count(NOTED) == 2
    assert "RuntimeError" in said
    assert said.endswith("2 parked\n")
    until(lambda: parked.size() == 2)


def test_health_tells_how_many_are_parked(
    settings, exchange, behaviour, parked, caller, monkeypatch
):
    monkeypatch.setattr("chassis.backlog.LOOK_SECONDS", 0.05)
    with serving(probe.Probe, settings):
        until(lambda: caller.ask("health")["result"]["parked"] == 0)
        park(exchange, behaviour, parked, 2)
        until(lambda: caller.ask("health")["result"]["parked"] == 2)


def test_a_cured_handlers_parked_messages_replay_to_none(
    service, exchange, behaviour, parked, command, db
):
    park(exchange, behaviour, parked, 3)
    assert command("replay", "--all") == (0, "3 replayed\n")
    until(lambda: seen(db) == [0, 1, 2])
    assert parked.size() == 0


def test_a_replayed_message_has_all_its_tries_again(service, exchange, behaviour, parked, command):
    park(exchange, behaviour, parked)
    behaviour.on_noted = failing(3)
    command("replay", "--all")
    until(lambda: behaviour.noted == [0])
    assert parked.size() == 0


def test_one_message_is_replayed_or_dropped_by_its_id(
    service, exchange, behaviour, parked, command
):
    park(exchange, behaviour, parked, 3)
    first, second, third = (line.split()[0] for line in command("list")[1].splitlines()[:3])
    assert command("replay", first) == (0, "1 replayed\n")
    assert command("drop", second) == (0, "1 dropped\n")
    assert third in command("list")[1]
    until(lambda: parked.size() == 1)
    assert len(until(lambda: behaviour.noted)) == 1


def test_a_refused_message_cannot_be_replayed_but_dropped(service, queue, parked, command):
    queue(NOTED).put(b"{}", **JSON)
    until(lambda: parked.size() == 1)
    code, said = command("replay", "--all")
    assert code == 1
    assert "cannot be replayed" in said
    until(lambda: parked.size() == 1)
    assert command("drop", "--all") == (0, "1 dropped\n")
    until(lambda: parked.size() == 0)


def test_a_message_whose_queue_is_no_more_stays_parked(service, parked, command):
    headers = {"x-queue": "evt-khatma-khatma.gone.v1--khatma.gone", "x-reason": "old"}
    parked.put(b"{}", application_headers=headers, message_id="m-1", **JSON)
    until(lambda: parked.size() == 1)
    assert command("replay", "m-1")[0] == 1
    until(lambda: parked.size() == 1)


# Malformed and forged

MALFORMED = {
    "not JSON": b"{",
    "no object": b"[]",
    "no envelope": b"{}",
    "another type's": json.dumps(envelope(kind="khatma.other.v1")).encode(),
    "no sequence": json.dumps({k: v for k, v in envelope().items() if k != "sequence"}).encode(),
    "an id that is none": json.dumps(envelope(id="7")).encode(),
    "data that breaks the contract": json.dumps(envelope(data={"number": "x"})).encode(),
}


@pytest.mark.parametrize("fault", sorted(MALFORMED))
def test_a_malformed_event_is_parked_at_once_with_its_body(
    service, exchange, behaviour, parked, fault
):
    exchange(MALFORMED[fault])
    told = parked.get()
    assert told.body == MALFORMED[fault]
    assert told.headers["x-reason"]
    exchange(envelope(2))
    until(lambda: behaviour.noted == [2])


@pytest.mark.parametrize("kind", [None, "application/cloudevents+json"])
def test_an_event_that_is_not_declared_as_json_is_parked(service, exchange, parked, kind):
    exchange(envelope(), content_type=kind)
    assert "content_type" in parked.get().headers["x-reason"]


def test_an_event_by_the_default_exchange_is_refused(service, broker, behaviour, parked):
    stranger = connect(broker.url("practice"), "test")
    try:
        message = amqp.Message(json.dumps(envelope(66)).encode(), **JSON)
        stranger.channel().basic_publish(message, "", NOTED)
        told = parked.get()
    finally:
        stranger.close()
    assert b"66" not in told.body
    assert behaviour.noted == []


def test_an_event_that_slipped_in_by_a_cc_header_is_refused(service, exchange, behaviour, parked):
    exchange(envelope(66), key="khatma.other.v1", application_headers={"CC": ["khatma.noted.v1"]})
    assert json.loads(parked.get().body)["routing_key"] == "khatma.other.v1"
    assert behaviour.noted == []


# Fairness


def test_a_flood_of_events_leaves_half_of_the_workers_to_requests(
    service, exchange, behaviour, caller, settings
):
    with held(behaviour):
        for number in range(20):
            exchange(envelope(number, "khatma.slow_noted.v1"), key="khatma.slow_noted.v1")
            exchange(envelope(number))
        half = settings.max_workers // 2
        until(lambda: behaviour.at_work == half)
        for _ in range(10):
            assert caller.ask("greet")["error"] is None
        assert behaviour.most_at_work == half


def test_a_request_that_becomes_late_while_it_waits_for_a_worker_is_dropped(
    service, exchange, behaviour, caller, settings
):
    half = settings.max_workers // 2
    with held(behaviour):
        for number in range(half):
            exchange(envelope(number, "khatma.slow_noted.v1"), key="khatma.slow_noted.v1")
        until(lambda: behaviour.at_work == half)
        for _ in range(settings.max_workers - half):
            caller.send("khatma.sleep", wrapped({"text": "3"}))
        until(lambda: len(behaviour.asked) == settings.max_workers - half)
        soon = {"nameko.deadline": int((time.time() + 0.2) * 1000)}
        caller.send("khatma.echo", wrapped({"text": "late"}), application_headers=soon)
        caller.ask("echo", {"text": "patient"})
        assert "late" not in behaviour.asked


def test_no_more_than_four_events_of_a_handler_are_fetched_ahead(
    service, exchange, behaviour, queue
):
    with held(behaviour):
        for number in range(10):
            exchange(envelope(number, "khatma.slow_noted.v1"), key="khatma.slow_noted.v1")
        until(lambda: behaviour.at_work)
        left = queue(SLOW)
        fetched = 0
        while left.channel.basic_get(SLOW):
            fetched += 1
        left.close()
        assert fetched >= 6


def kill_consumers(broker, times, count):
    """Fetch `count` events of a handler and die, so many times."""
    for _ in range(times):
        victim = connect(broker.admin_url, "victim")
        channel = victim.channel()
        fetched = []
        channel.basic_consume(NOTED, callback=fetched.append)
        while len(fetched) < count:
            victim.drain_events(timeout=5)
        victim.collect()


def test_events_that_killed_consumers_had_fetched_are_not_parked(
    settings, exchange, behaviour, broker, parked
):
    with serving(probe.Probe, settings):
        pass  # leaves its queues behind
    for number in range(3):
        exchange(envelope(number))
    kill_consumers(broker, 25, 3)
    with serving(probe.Probe, settings):
        until(lambda: sorted(behaviour.noted) == [0, 1, 2])
    assert parked.size() == 0


def test_what_the_broker_itself_parked_may_fail_again_after_its_replay(
    settings, exchange, behaviour, broker, parked, command
):
    """The broker drops what it takes for a cycle: its account of the first death must not stay."""
    with serving(probe.Probe, settings):
        pass
    exchange(envelope(1))
    kill_consumers(broker, queues.DELIVERY_LIMIT + 1, 1)
    until(lambda: parked.size() == 1)
    assert "delivery_limit" in command("list")[1]
    behaviour.on_noted = failing(2)
    with serving(probe.Probe, settings):
        assert command("replay", "--all")[0] == 0
        until(lambda: behaviour.noted == [1])


# Queues


def test_the_names_of_queues_are_pinned(service, queue):
    """A renamed queue is an orphan that fills up: this may only change with a drain."""
    for name in (NOTED, SLOW, "rpc-khatma", "parked.khatma"):
        assert queue(name).size() == 0


def test_other_waits_than_the_usual_ones_are_other_queues():
    usual = [queues.wait_queue("khatma", n, s) for n, s in enumerate((1.0, 10.0, 60.0), start=1)]
    assert usual == ["wait.khatma.1", "wait.khatma.2", "wait.khatma.3"]
    assert queues.wait_queue("khatma", 2, 0.2) not in usual


def test_a_service_starts_again_over_the_queues_that_it_left(settings, behaviour, exchange):
    for number in (1, 2):
        with serving(probe.Probe, settings):
            exchange(envelope(number))
            until(lambda number=number: number in behaviour.noted)


def test_the_arguments_of_a_handlers_queue_are_pinned(service, broker):
    """The broker refuses another argument with 406: a change is a new name and a drain."""
    listed = json.loads(
        broker.control("list_queues", "name", "type", "arguments", "--formatter", "json", "-q")
    )
    by_name = {each["name"]: each for each in listed}
    arguments = {name: dict_of(each["arguments"]) for name, each in by_name.items()}
    assert arguments[NOTED] == {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": "sakina.dlx",
        "x-dead-letter-routing-key": "khatma",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
        "x-delivery-limit": 100,
    }
    # RabbitMQ 4 lists the type, which was not asked for, among the arguments.
    assert arguments["rpc-khatma"] in ({}, {"x-queue-type": "classic"})
    assert "classic" in by_name["rpc-khatma"]["type"]


def dict_of(arguments):
    if isinstance(arguments, dict):
        return arguments
    return {name: value for name, _, value in arguments}
