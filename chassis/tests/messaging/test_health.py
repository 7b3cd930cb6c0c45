"""A service says how it is, whatever its workers wait for."""

import socket
from contextlib import suppress
from functools import partial

import eventlet
import probe
import pytest
from caller import until, wrapped
from eventlet.event import Event
from sqlalchemy import make_url, text

from chassis.service.health import health as tell_health
from chassis.service.run import serving


class Forwarder:
    """Stands between a service and its database, and can fall silent as a server that hangs."""

    def __init__(self, host, port):
        self._target = host, port
        self._flowing = Event()
        self._flowing.send(None)
        self._listener = eventlet.listen(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._greenlets = [eventlet.spawn(self._accept)]

    def _accept(self):
        while True:
            inner, _ = self._listener.accept()
            outer = eventlet.connect(self._target)
            for one, other in ((inner, outer), (outer, inner)):
                self._greenlets.append(eventlet.spawn(self._pass_on, one, other))

    def _pass_on(self, one, other):
        with suppress(OSError):
            while data := one.recv(65536):
                self._flowing.wait()
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def hang(self):
        self._flowing = Event()

    def go_on(self):
        if not self._flowing.ready():
            self._flowing.send(None)

    def close(self):
        self.go_on()
        for greenlet in self._greenlets:
            greenlet.kill()
        self._listener.close()


@pytest.fixture
def database(settings):
    url = make_url(settings.database_url)
    forwarder = Forwarder(url.host, url.port)
    yield forwarder
    forwarder.close()


@pytest.fixture
def through(settings, database):
    url = make_url(settings.database_url).set(host="127.0.0.1", port=database.port)
    return settings.model_copy(update={"database_url": url.render_as_string(hide_password=False)})


def health(caller):
    return caller.reply(caller.publish("khatma.health", wrapped({})))["result"]


def test_health_is_told_while_every_worker_is_stuck(service, caller, behaviour, settings):
    released = Event()
    behaviour.on_echo = lambda call: released.wait()
    for _ in range(3 * settings.max_workers):
        caller.publish("khatma.echo", wrapped({"text": "x"}))
    until(lambda: len(behaviour.asked) == settings.max_workers)
    try:
        until(lambda: health(caller)["database"])
        assert len(behaviour.asked) == settings.max_workers
    finally:
        released.send(None)


def test_a_database_that_hangs_is_named_and_comes_back(behaviour, through, caller, database):
    with serving(probe.Probe, through) as container:
        (db,) = (each.database for each in container.dependencies if hasattr(each, "database"))

        def read(call):
            return {"text": str(db.reader.ask(text("select 1"))[0][0])}

        behaviour.on_echo = read
        assert caller.ask("echo", {"text": "x"})["result"]["text"] == "1"
        until(lambda: health(caller)["database"])
        database.hang()
        stuck = [
            caller.publish("khatma.echo", wrapped({"text": "x"}))
            for _ in range(through.max_workers)
        ]
        until(lambda: len(behaviour.asked) > through.max_workers)
        assert [health(caller)["database"] for _ in range(3)] == [False] * 3
        database.go_on()
        until(lambda: health(caller)["database"])
        assert [caller.reply(each)["result"]["text"] for each in stuck] == ["1"] * len(stuck)


def test_requests_that_no_worker_takes_are_told_to_come_back(service, caller, behaviour, settings):
    """Soon, and not by their own time-out: nothing of them was begun."""
    released = Event()
    behaviour.on_echo = lambda call: released.wait()
    send = partial(caller.publish, "khatma.echo", wrapped({"text": "x"}))
    begun = [send() for _ in range(settings.max_workers)]
    until(lambda: len(behaviour.asked) == settings.max_workers)
    try:
        for _ in range(2):
            told = caller.reply(send())["error"]
            assert (told["exc_type"], told["retry_after"]) == ("unavailable", 1)
    finally:
        released.send(None)
    assert [caller.reply(each)["error"] for each in begun] == [None] * len(begun)
    assert len(behaviour.asked) == len(begun)


def test_requests_wait_for_a_worker_that_becomes_free(service, caller, behaviour, settings):
    released = Event()
    behaviour.on_echo = lambda call: released.wait()
    sent = [
        caller.publish("khatma.echo", wrapped({"text": "x"}))
        for _ in range(3 * settings.max_workers)
    ]
    until(lambda: len(behaviour.asked) == settings.max_workers)
    released.send(None)
    assert [caller.reply(each)["error"] for each in sent] == [None] * len(sent)


class Opening:
    """A database whose connection takes its time to be made."""

    def __init__(self):
        self.aside = self.reader = self
        self.made = Event()
        self.begun = 0

    def ask(self, statement):
        self.begun += 1
        self.made.wait()
        return [(3,)]


def test_a_connection_that_takes_longer_than_the_answer_is_not_given_up(monkeypatch):
    monkeypatch.setattr("chassis.service.health.DATABASE_SECONDS", 0.01)
    opening = Opening()
    told = [tell_health(opening, None, name="khatma") for _ in range(3)]
    assert [one.database for one in told] == [False] * 3
    assert opening.begun == 1

    opening.made.send(None)
    until(lambda: tell_health(opening, None, name="khatma").database)
    assert tell_health(opening, None, name="khatma").outbox == 3
