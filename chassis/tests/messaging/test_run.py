"""A service as a process: how it starts, how it ends, what it says."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import eventlet
import probe
import pytest
from caller import until, wrapped
from nameko.events import EventDispatcher, event_handler
from nameko.rpc import RpcProxy, rpc
from sqlalchemy import make_url

from chassis.amqp import queues
from chassis.amqp.consumer import Consumer
from chassis.events.relay import Relay
from chassis.process import heartbeat
from chassis.service.run import Away, check_parts, serving
from sakina_local.ports import free_ports

PROBE = Path(__file__).with_name("probe.py")


@pytest.fixture
def start(settings, behaviour):
    """Start the probe as a process of its own; `settings` by name may be changed."""
    started = []

    def start_probe(**changes):
        environment = {
            **os.environ,
            "PYTHONWARNINGS": "ignore",
            "SAKINA_DATABASE_URL": settings.database_url,
            "SAKINA_BROKER_URL": settings.broker_url,
            **changes,
        }
        process = subprocess.Popen(
            [sys.executable, PROBE], env=environment, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start_probe
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def service_away(settings, behaviour):
    """A service that has been here, so that requests wait in its queue."""
    with serving(probe.Probe, settings):
        pass


@pytest.fixture
def ready(start):
    process = start()
    log_until(process, "ready")
    return process


def log_until(process, message):
    """Read the log until an entry says `message`; return all entries."""
    entries = []
    for line in process.stderr:
        entries.append(json.loads(line))
        if entries[-1]["message"] == message:
            return entries
    raise AssertionError(f"ended without saying {message!r}: {entries}")


def log_of(process):
    """Return the entries of the log up to the end of the process."""
    return [json.loads(line) for line in process.communicate(timeout=20)[1].splitlines()]


@pytest.mark.parametrize("asked_by", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_told_to_stop_answers_what_it_took_and_exits_with_0(
    ready, caller, asked_by
):
    waiting = caller.publish("khatma.sleep", wrapped({"text": "1"}))
    assert caller.ask("greet")["error"] is None
    ready.send_signal(asked_by)
    log_until(ready, "draining")
    assert caller.reply(waiting)["result"] == {"text": "rested"}
    assert ready.wait(10) == 0


def test_work_that_takes_too_long_does_not_keep_a_service_from_ending(start, caller):
    process = start(SAKINA_DRAIN_SECONDS="0.2")
    log_until(process, "ready")
    caller.publish("khatma.sleep", wrapped({"text": "60"}))
    assert caller.ask("greet")["error"] is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_a_service_answers_nothing_before_its_events_have_their_queues(
    settings, service_away, caller, monkeypatch
):
    """Whoever sees it answer may cause events: none of them is to be dropped."""
    asked = caller.publish("khatma.greet", wrapped({}))
    answer = eventlet.spawn(caller.reply, asked)
    declare = queues.declare_handler
    declared_before = set()

    def declare_late(*handler):
        eventlet.sleep(0.3)
        queue = declare(*handler)
        if not answer.dead:
            declared_before.add(queue)
        return queue

    monkeypatch.setattr(queues, "declare_handler", declare_late)
    with serving(probe.Probe, settings):
        assert answer.wait()["result"] == {"text": "peace"}
    assert declared_before == set(probe.HANDLER_QUEUES)


def test_two_instances_share_the_work_and_one_may_leave(ready, start, caller):
    second = start()
    log_until(second, "ready")
    asked = [caller.publish("khatma.sleep", wrapped({"text": "0.1"})) for _ in range(40)]
    ready.send_signal(signal.SIGTERM)
    assert all(caller.reply(each)["error"] is None for each in asked)
    assert ready.wait(10) == 0


def test_a_service_whose_hub_stands_still_ends_and_says_where(start, caller):
    process = start(SAKINA_WATCHDOG_SECONDS="1")
    log_until(process, "ready")
    caller.publish("khatma.hang", wrapped({}))
    said = process.communicate(timeout=20)[1]
    assert process.returncode == 1
    assert "in hang" in said


def test_work_in_native_threads_does_not_keep_the_hub_from_turning(start, caller):
    process = start(SAKINA_WATCHDOG_SECONDS="1")
    log_until(process, "ready")
    computing = [caller.publish("khatma.compute", wrapped({"text": "3"})) for _ in range(2)]
    assert [caller.reply(each)["error"] for each in computing] == [None, None]
    assert process.poll() is None


def test_a_killed_instance_costs_no_request_that_another_can_answer(ready, start, caller):
    second = start()
    log_until(second, "ready")
    asked = [caller.publish("khatma.sleep", wrapped({"text": "0.2"})) for _ in range(20)]
    ready.kill()
    assert all(caller.reply(each)["error"] is None for each in asked)


def test_a_service_that_dies_says_why_and_exits_with_1(ready, caller):
    waiting = caller.publish("khatma.sleep", wrapped({"text": "60"}))
    caller.ask("die")
    caller.publish("khatma.greet", wrapped({}))
    *_, last = log_of(ready)
    assert ready.returncode == 1
    assert last["level"] == "critical"
    assert "the service is broken" in last["exception"]
    assert waiting not in caller.replies


def test_a_service_that_dies_while_it_drains_still_ends(settings, behaviour, caller):
    with serving(probe.Probe, settings) as container:
        caller.publish("khatma.sleep", wrapped({"text": "60"}))
        until(lambda: behaviour.asked)
        eventlet.spawn_after(0.2, container.kill)
    assert behaviour.rested == 0


@pytest.mark.parametrize(("part", "work"), [(Relay, "_take_turns"), (Consumer, "_read_on")])
def test_what_fails_unforeseen_ends_the_service_for_its_supervisor(
    settings, behaviour, monkeypatch, part, work
):
    def fail(self):
        eventlet.sleep(0.05)
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(part, work, fail)
    with serving(probe.Probe, settings) as container:
        until(container._died.ready)
        with pytest.raises(RuntimeError, match="unforeseen"):
            container.wait()


@pytest.mark.parametrize("late", ["rpc", "events"])
def test_a_service_that_dies_while_it_connects_takes_nothing_from_the_living(
    settings, behaviour, broker, monkeypatch, late
):
    def fail(self):
        raise RuntimeError("unforeseen")

    def open_late(self):
        if self.kind == late:
            until(self.container._died.ready)
        open_now(self)

    open_now = Consumer._open
    monkeypatch.setattr(Consumer, "_open", open_late)
    monkeypatch.setattr(Consumer, "_read_on", fail)
    with (
        serving(probe.Probe, settings) as container,
        pytest.raises(RuntimeError, match="unforeseen"),
    ):
        container.wait()
    until(lambda: "khatma" not in broker.control("list_consumers", "queue_name"))


def test_a_broker_that_is_away_at_the_start_ends_it_with_one_line(start):
    (port,) = free_ports(1)
    process = start(SAKINA_BROKER_URL=f"amqp://khatma:canary@127.0.0.1:{port}/sakina")
    (entry,) = log_of(process)
    assert process.returncode == 1
    assert f"127.0.0.1:{port}" in entry["message"]
    assert "canary" not in json.dumps(entry)


@pytest.mark.parametrize("part", ["database_url", "broker_url"])
def test_what_is_away_or_refuses_is_named_without_its_password(settings, part):
    (port,) = free_ports(1)
    address = make_url(getattr(settings, part))
    for wrong in (address.set(password="canary"), address.set(port=port, password="canary")):
        told = settings.model_copy(update={part: wrong.render_as_string(hide_password=False)})
        with pytest.raises(Away) as raised:
            check_parts("khatma", told)
        assert f"127.0.0.1:{wrong.port}" in str(raised.value)
        assert "canary" not in str(raised.value)


def test_the_log_has_failures_with_their_request_and_no_password_and_nothing_else(ready, caller):
    for _ in range(3):
        assert caller.ask("greet")["error"] is None
    detail = "cannot reach amqp://khatma:canary@127.0.0.1:5672/x"
    headers = {"nameko.request_id": "r-9"}
    caller.ask("fail", {"text": detail}, application_headers=headers)
    ready.send_signal(signal.SIGTERM)
    failure, *others = log_of(ready)
    assert [entry["message"] for entry in others] == ["draining", "stopped"]
    assert (failure["request_id"], failure["service"]) == ("r-9", "khatma")
    assert (failure["level"], failure["message"]) == ("error", "khatma.fail failed")
    assert "RuntimeError: cannot reach" in failure["exception"]
    assert "canary" not in json.dumps(failure)


def test_a_service_shows_a_sign_of_life_for_as_long_as_it_reads_from_the_broker(
    settings, behaviour, monkeypatch, tmp_path
):
    monkeypatch.setenv("SAKINA_PULSE", str(tmp_path))
    assert heartbeat.complaint(tmp_path)
    with serving(probe.Probe, settings):
        until(lambda: {file.name for file in tmp_path.iterdir()} == {"rpc", "events"})
        assert heartbeat.complaint(tmp_path) is None
    for file in tmp_path.iterdir():
        os.utime(file, (0, 0))
    assert heartbeat.complaint(tmp_path)


# Sweeps


def test_a_sweep_that_fails_comes_round_again(service, behaviour, caller, caplog):
    def fail():
        raise RuntimeError("a broken sweep")

    behaviour.on_sweep = fail
    # nameko's own account of it is switched off in a service, with that of each refused call.
    until(lambda: len([r for r in caplog.records if r.name == "chassis.service.periodic"]) >= 3)
    assert caller.ask("greet")["error"] is None


# What a service may not be made of


class Dispatches:
    name = "khatma"
    dispatch = EventDispatcher()


class Calls:
    name = "khatma"
    auth = RpcProxy("auth")


class StockRpc:
    name = "khatma"

    @rpc
    def method(self):
        """Reachable, and unguarded."""


class StockHandler:
    name = "khatma"

    @event_handler("auth", "auth.user_registered.v1")
    def handle(self, event):
        """Loses what fails."""


@pytest.mark.parametrize("service", [Dispatches, Calls, StockRpc, StockHandler])
def test_a_service_of_namekos_own_parts_does_not_start(settings, service):
    with pytest.raises(TypeError, match=r"chassis|gateway"), serving(service, settings):
        pass


def test_a_method_of_another_service_is_not_answered_here(settings):
    class Mistaken(probe.Probe):
        name = "notify"

    with pytest.raises(ValueError, match="khatma"), serving(Mistaken, settings):
        pass
