"""Neither a flood of events nor a slow one keeps others waiting."""

import time

from caller import until, wrapped
from noted import SLOW, envelope, held


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
            caller.publish("khatma.sleep", wrapped({"text": "3"}))
        until(lambda: len(behaviour.asked) == settings.max_workers - half)
        soon = {"nameko.deadline": int((time.time() + 0.2) * 1000)}
        caller.publish("khatma.echo", wrapped({"text": "late"}), application_headers=soon)
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
