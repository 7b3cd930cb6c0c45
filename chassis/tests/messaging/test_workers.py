"""Greenlets that are kept: each does one work at a time, in a place of the container's."""

from functools import partial
from types import SimpleNamespace

import eventlet
import pytest
from eventlet.event import Event
from eventlet.greenpool import GreenPool
from greenlet import getcurrent

from chassis.work.workers import Workers

PLACES = 2


@pytest.fixture
def container():
    ended = []
    return SimpleNamespace(_worker_pool=GreenPool(PLACES), ended=ended, kill=ended.append)


@pytest.fixture
def workers(container):
    workers = Workers()
    workers.container = container
    return workers


def done(workers, work):
    """Have `work` done, and return what it returned."""
    result = Event()
    workers.do(lambda: result.send(work()))
    with eventlet.Timeout(5):
        found = result.wait()
        eventlet.sleep(0)
    return found


def test_a_greenlet_does_one_work_after_the_other(workers):
    assert done(workers, getcurrent) is done(workers, getcurrent)


def test_no_more_are_at_work_than_there_are_places(workers, container):
    gate, begun = Event(), []

    def wait(number):
        begun.append(number)
        gate.wait()

    container._worker_pool.spawn(wait, 0)
    workers.do(partial(wait, 1))
    eventlet.sleep(0)
    assert not workers.free
    third = eventlet.spawn(workers.do, partial(wait, 2))
    eventlet.sleep(0.01)
    assert begun == [0, 1]
    gate.send()
    with eventlet.Timeout(5):
        third.wait()
        container._worker_pool.waitall()
        eventlet.sleep(0)
    assert begun == [0, 1, 2]
    assert container._worker_pool.free() == PLACES


@pytest.mark.parametrize("failure", [ValueError("ours"), eventlet.Timeout()], ids=repr)
def test_what_fails_beyond_its_layers_ends_the_service(workers, container, failure):
    def fail():
        raise failure

    workers.do(fail)
    eventlet.sleep(0)
    eventlet.sleep(0)
    ((_, told, _),) = container.ended
    assert told is failure
    assert container._worker_pool.free() == PLACES


def test_what_is_killed_goes_no_further(workers, container):
    begun, after = Event(), []

    def work():
        begun.send()
        eventlet.sleep(60)
        after.append("went on")

    workers.do(work)
    with eventlet.Timeout(5):
        begun.wait()
        workers.kill()
        eventlet.sleep(0)
    assert container._worker_pool.free() == PLACES
    assert not after
    assert not container.ended
    assert done(workers, lambda: "the next is done") == "the next is done"
