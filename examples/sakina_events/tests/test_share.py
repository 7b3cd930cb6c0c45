"""Workers share a queue: each event is done by one of them, and none is lost with one."""

import contextlib
import threading

import pytest
from conftest import Enough, raises

from sakina_events import Refused, SqliteStore, share


def test_each_event_is_done_by_one_of_the_workers(consumer):
    end = 100
    done = []

    def handler(event):
        # What ends one worker is not done by it, and goes to the next.
        if event.data["number"] == end:
            raise Enough
        done.append(event.data["number"])

    def worker():
        with contextlib.suppress(Enough):
            share(consumer.url, consumer.name, handler, prefetch=5)

    consumer.announce(*range(end))
    threads = [threading.Thread(target=worker, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    consumer.announce(end)
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert sorted(done) == list(range(end))


def test_what_a_worker_held_goes_to_another(consumer):
    consumer.announce(*range(10))

    def fails(event):
        if event.data["number"] == 3:
            raise ArithmeticError("the handler has a fault")

    raises(ArithmeticError, lambda: share(consumer.url, consumer.name, fails))
    left = []

    def notes(event):
        left.append(event.data["number"])
        if len(left) == 7:
            raise Enough

    raises(Enough, lambda: share(consumer.url, consumer.name, notes))
    assert sorted(left) == [3, 4, 5, 6, 7, 8, 9]


def test_with_a_store_a_repeat_is_done_once(consumer, tmp_path):
    consumer.announce(1, 2, 1, 2, 3)
    done = []

    def handler(event, database):
        done.append(event.data["number"])
        if event.data["number"] == 3:
            raise Enough

    def work():
        share(consumer.url, consumer.name, handler, store=SqliteStore(tmp_path / "done.db"))

    raises(Enough, work)
    assert done == [1, 2, 3]


def test_a_queue_that_is_not_there_is_said_at_once(consumer):
    said = raises(Refused, lambda: share(consumer.url, "somebody-else", print))
    assert "'sub.somebody-else'" in said
    assert f"consumer '{consumer.name}' is not let in" in said


@pytest.mark.parametrize("prefetch", [0, -1, 65_536, "5", 2.5, None, True])
def test_how_many_a_worker_may_hold_is_a_number_that_the_broker_takes(prefetch):
    nobody = "amqp://name:password@127.0.0.1:1/sakina"
    begin = lambda: share(nobody, "name", print, prefetch=prefetch)  # noqa: E731
    assert "from 1 to 65535" in raises(ValueError, begin, seconds=5)
