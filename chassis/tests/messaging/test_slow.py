"""Slow requests share the workers with quick ones."""

import time
from functools import partial

import eventlet
import pytest
from caller import until, wrapped
from hypothesis import given
from hypothesis import strategies as st

from chassis.rpc import slow_lane
from chassis.rpc.slow_lane import SlowLane


@pytest.fixture
def toil(behaviour, service, monkeypatch):
    """Keeps whoever toils at it until the event is sent, while others wait without an end.

    It is over before the service ends, which waits for whoever is at work.
    """
    monkeypatch.setattr(slow_lane, "PATIENCE_SECONDS", 3600)
    enough = eventlet.Event()
    behaviour.on_toil = enough.wait
    yield enough
    if not enough.ready():
        enough.send()


def ask(caller, times, **more):
    return [caller.publish("khatma.toil", wrapped({"text": str(n)}), **more) for n in range(times)]


def test_slow_requests_hold_half_of_the_workers_and_few_wait(
    toil, service, behaviour, caller, settings
):
    workers = settings.max_workers
    sent = ask(caller, 4 * workers)
    # Whichever they are: what a service that is just ending was sent comes later than the rest.
    refused = caller.some(len(sent) - workers // 2 - workers)

    for reply in refused.values():
        error = reply["error"]
        assert (error["exc_type"], error["retry_after"]) == ("unavailable", 1)
    for _ in range(3 * workers):
        assert caller.ask("greet")["error"] is None
    assert len(behaviour.asked) == workers // 2

    toil.send()
    for one in set(sent) - set(refused):
        assert caller.reply(one)["result"]["text"] == "done"
    assert len(behaviour.asked) == len(sent) - len(refused)


def test_a_slow_request_that_became_late_while_it_waited_is_not_done(
    toil, service, behaviour, caller, settings
):
    half = settings.max_workers // 2
    first = ask(caller, half)
    until(lambda: len(behaviour.asked) == half)
    soon = {"nameko.deadline": int((time.time() + 0.2) * 1000)}
    caller.publish("khatma.toil", wrapped({"text": "late"}), application_headers=soon)
    patient = caller.publish("khatma.toil", wrapped({"text": "patient"}))
    until(lambda: time.time() * 1000 > soon["nameko.deadline"])

    toil.send()
    for one in (*first, patient):
        assert caller.reply(one)["error"] is None
    assert "late" not in behaviour.asked


def test_slow_requests_that_fail_make_room(service, behaviour, caller, settings):
    def fail():
        raise RuntimeError("no luck")

    behaviour.on_toil = fail
    for _ in range(4 * settings.max_workers):
        answer = caller.ask("toil", {"text": "x"})
        assert answer["error"]["exc_type"] == "unexpected"


@given(st.integers(2, 20), st.lists(st.booleans(), max_size=200))
def test_a_lane_is_never_fuller_than_half_and_starts_all_that_it_took_in_turn(workers, steps):
    lane = SlowLane(workers, patience=3600)
    started, refused, asked, done = [], [], 0, 0
    for comes in steps:
        if comes:
            full = asked - len(refused) - done == workers // 2 + workers
            lane.enter(partial(started.append, asked), partial(refused.append, asked))
            asked += 1
            assert (asked - 1 in refused) is full
        elif done < len(started):
            done += 1
            start = lane.leave()
            if start is not None:
                start()
        taken = [number for number in range(asked) if number not in refused]
        assert started == taken[: done + workers // 2]


def test_whoever_waited_too_long_is_refused_and_the_next_one_has_the_place():
    lane = SlowLane(2, patience=-1)
    told = []
    for number in range(3):
        lane.enter(partial(told.append, ("start", number)), partial(told.append, ("no", number)))
    assert told == [("start", 0)]
    assert lane.leave() is None
    assert told == [("start", 0), ("no", 1), ("no", 2)]
    lane.enter(partial(told.append, ("start", 3)), partial(told.append, ("no", 3)))
    assert told[-1] == ("start", 3)
