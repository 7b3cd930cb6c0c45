"""A consumer with topics of its own, and a service that announces."""

import json
import os
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

import amqp
import pytest

from sakina_local.testing import Vhost
from sakina_stack.consumers import Consumers

_numbers = count(1)


class Enough(Exception):
    """A handler has seen what it wanted."""


class Consumer:
    """One consumer, and those who announce what it hears of."""

    def __init__(self, broker: Vhost, topics: list[str]) -> None:
        self.broker = broker
        self.name = f"c{next(_numbers)}-{os.getpid()}"
        self.topics = topics
        self.consumers = Consumers(broker.server.control, broker.name)
        self.make()

    def make(self) -> None:
        password = self.consumers.add(self.name, self.topics)
        server = self.broker.server
        place = f"{server.host}:{server.port}/{self.broker.name}"
        self.url = f"amqp://{self.name}:{password}@{place}"

    def announce(self, *numbers: int, kind: str = "khatma.noted.v1", **fields: object) -> None:
        """Publish an event for each number, as the relay of its service does."""
        self.publish(*(event(number, kind, **fields) for number in numbers), key=kind)

    def publish(self, *bodies: bytes, key: str = "khatma.noted.v1") -> None:
        service = key.partition(".")[0]
        account, _, place = self.broker.url(service).removeprefix("amqp://").partition("@")
        user, _, password = account.partition(":")
        host, _, vhost = place.partition("/")
        with (
            amqp.Connection(host, user, password, virtual_host=vhost) as connection,
            connection.channel() as channel,
        ):
            for body in bodies:
                message = amqp.Message(body, delivery_mode=2, message_id=_id(body))
                channel.basic_publish_confirm(message, f"{service}.events", key)

    def cut_off(self) -> None:
        """End every connection of this consumer's."""
        self.broker.server.control("close_all_user_connections", self.name, "a test")


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


@pytest.fixture
def consumer(broker: Vhost) -> Consumer:
    """A new consumer. It goes with the servers of the run: each rabbitmqctl costs a second."""
    return Consumer(broker, ["khatma.#"])


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
