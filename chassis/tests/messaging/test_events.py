"""What becomes of an event: handled once, tried again, or parked."""

import json
import uuid

import eventlet
import probe
from caller import cut, until
from noted import NOTED, envelope, failing, seen

from chassis.amqp import queues
from chassis.amqp.connection import connect
from chassis.events.consumer import EventConsumer
from chassis.service.run import serving
from contracts.refusals import Unavailable


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


def test_what_waits_as_it_does_now_does_not_wait_as_it_did_before_too(
    service, exchange, behaviour, parked, broker
):
    """As where `SAKINA_RETRY_SECONDS` was another one: what waits twice comes back twice."""
    with connect(broker.url("khatma"), "an earlier release") as connection:
        queues.declare_retries(connection.channel(), "khatma", (0.15, 0.25, 0.35))
    behaviour.on_noted = failing(4)
    exchange(envelope(6))
    parked.get()
    assert len(behaviour.handled) == 4


def test_one_event_that_fails_holds_up_no_other(service, exchange, behaviour, parked):
    poison = envelope(13)

    def fail(event):
        if event.data.number == 13:
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


def test_waits_for_what_is_away_are_no_attempts_of_a_handler_that_then_fails(
    service, exchange, behaviour, parked
):
    def fail(event):
        if len(behaviour.handled) <= 4:
            raise Unavailable("The database is away.")
        if len(behaviour.handled) <= 7:
            raise RuntimeError("the handler's own")

    behaviour.on_noted = fail
    exchange(envelope(14))
    until(lambda: behaviour.noted == [14] or parked.size())
    assert behaviour.noted == [14]
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
