"""A consumer with topics of its own, and a service that announces."""

import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain, count
from secrets import token_urlsafe
from typing import Any

import amqp
import pytest

from sakina_local.testing import Vhost
from sakina_stack.consumer_definitions import definitions
from sakina_stack.consumers import Consumers

_numbers = count(1)
AT_A_TIME = 8


class Enough(Exception):
    """A handler has seen what it wanted."""


class Consumer:
    """One consumer, and those who announce what it hears of.

    One with a password is let in by whoever makes it.
    """

    def __init__(self, broker: Vhost, topics: list[str], password: str = "") -> None:
        self.broker = broker
        self.name = f"c{next(_numbers)}-{os.getpid()}"
        self.topics = topics
        self.consumers = Consumers(broker.server.control, broker.name)
        if password:
            self._comes_by(password)
        else:
            self.make()

    def make(self) -> None:
        self._comes_by(self.consumers.add(self.name, self.topics))

    def make_anew(self) -> None:
        """Have a stream and a queue of the same names, as who is removed and added again has."""
        told = self.definitions()
        with connected(self.broker.admin_url) as connection, connection.channel() as channel:
            for queue in told["queues"]:
                channel.queue_delete(queue["name"])
                channel.queue_declare(
                    queue["name"], durable=True, auto_delete=False, arguments=queue["arguments"]
                )
        _bind(self.broker, told["bindings"])

    def definitions(self) -> dict[str, list[dict[str, Any]]]:
        """What the broker is told of it, as `make consumer` tells it."""
        return definitions(self.name, self.topics, self._password, self.broker.name)

    def _comes_by(self, password: str) -> None:
        self._password = password
        server = self.broker.server
        place = f"{server.host}:{server.port}/{self.broker.name}"
        self.url = f"amqp://{self.name}:{password}@{place}"

    def announce(self, *numbers: int, kind: str = "khatma.noted.v1", **fields: object) -> None:
        """Publish an event for each number, as the relay of its service does."""
        self.publish(*(event(number, kind, **fields) for number in numbers), key=kind)

    def publish(self, *bodies: bytes, key: str = "khatma.noted.v1") -> None:
        service = key.partition(".")[0]
        url = self.broker.url(service)
        with connected(url) as connection, connection.channel() as channel:
            for body in bodies:
                message = amqp.Message(body, delivery_mode=2, message_id=_id(body))
                channel.basic_publish_confirm(message, f"{service}.events", key)

    def cut_off(self) -> None:
        """End every connection of this consumer's."""
        self.broker.server.control("close_all_user_connections", self.name, "a test")


def _bind(broker: Vhost, bindings: list[dict[str, Any]]) -> None:
    with connected(broker.admin_url) as connection, connection.channel() as channel:
        for each in bindings:
            channel.queue_bind(each["destination"], each["source"], each["routing_key"])


def connected(url: str) -> amqp.Connection:
    account, _, place = url.removeprefix("amqp://").partition("@")
    user, _, password = account.partition(":")
    host, _, vhost = place.partition("/")
    return amqp.Connection(host, user, password, virtual_host=vhost)


def _id(body: bytes) -> str:
    try:
        return str(json.loads(body)["id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "unreadable"


def event(number: int, kind: str = "khatma.noted.v1", **fields: object) -> bytes:
    """Return an event; one of the same number is the same event."""
    said = {
        "specversion": "1.0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {number}")),
        "type": kind,
        "source": "/sakina/khatma",
        "subject": "khatma/17",
        "sequence": number,
        "time": datetime.now(UTC).isoformat(),
        "actor": 9,
        "data": {"number": number},
        **fields,
    }
    return json.dumps(said).encode()


@pytest.fixture(scope="session")
def newcomers(broker: Vhost) -> Iterator[Consumer]:
    """Consumers that no test has had yet, let in some at a time: a rabbitmqctl costs a second.

    They go with the servers of the run.
    """

    def let_in() -> Iterator[Consumer]:
        while True:
            some = [Consumer(broker, ["khatma.#"], token_urlsafe(24)) for _ in range(AT_A_TIME)]
            each = [one.definitions() for one in some]
            together = {kind: [*chain(*(one[kind] for one in each))] for kind in each[0]}
            # Each hears from its test on: a stream keeps what others announced before.
            bindings = together.pop("bindings")
            broker.server.control("import_definitions", said=json.dumps(together))
            for one in some:
                _bind(broker, [b for b in bindings if b["destination"].endswith(f".{one.name}")])
                yield one

    return let_in()


@pytest.fixture
def consumer(newcomers: Iterator[Consumer]) -> Consumer:
    """A new consumer."""
    return next(newcomers)


@pytest.fixture
def everything(broker: Vhost) -> Consumer:
    """A new consumer of all that happens, let in as by `make consumer`."""
    return Consumer(broker, ["#"])


def raises(wanted: type[BaseException], call: Callable[[], object], seconds: float = 60) -> str:
    """Call in a thread, so that what never ends fails, and return what was raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "it did not end"
    assert isinstance(raised[0], wanted), repr(raised[0])
    return str(raised[0])


def until(condition: Callable[[], bool]) -> None:
    """Wait for the condition, half a minute at the longest."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
