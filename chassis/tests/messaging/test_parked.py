"""What a service gave up on: it can be seen, and handled once the cause is cured."""

import probe
from caller import until
from noted import JSON, NOTED, envelope, failing, seen

from chassis.amqp import queues
from chassis.amqp.connection import connect
from chassis.events import parked as parking
from chassis.service.run import serving


def park(exchange, behaviour, parked, count=1):
    behaviour.on_noted = failing(4 * count)
    for number in range(count):
        event = envelope(number)
        exchange(event, message_id=event["id"])
    until(lambda: parked.size() == count)


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
    monkeypatch.setattr("chassis.rpc.backlog.LOOK_SECONDS", 0.05)
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


def test_what_is_parked_again_at_once_is_replayed_once(service, exchange, parked, command):
    exchange(b"{")
    exchange(b"[]")
    until(lambda: parked.size() == 2)
    assert command("replay", "--all") == (0, "2 replayed\n")
    until(lambda: parked.size() == 2)


def test_a_broker_that_refuses_the_password_is_said(broker, monkeypatch, capsys):
    wrong = broker.url("khatma").replace("khatma:", "khatma:x", 1)
    monkeypatch.setenv("SAKINA_BROKER_URL", wrong)
    assert parking.main(["list"]) == 1
    assert "does not answer" in capsys.readouterr().err


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
