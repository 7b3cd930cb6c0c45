import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import amqp
import orjson
import pytest

from chassis.amqp import queues
from chassis.amqp.connection import connect
from chassis.service.run import serving
from chassis.testing import envelope, made
from contracts.auth.events import USER_DELETED
from contracts.events import Envelope, Event
from contracts.practice.events import (
    DATA_ERASED,
    SESSION_CHANGED,
    SESSION_DELETED,
    SESSION_LOGGED,
    SESSIONS_CLEARED,
)
from practice.service import PracticeService
from practice.settings import Settings

SECONDS = 10.0


@pytest.fixture(scope="module")
def service(migrated, broker):
    settings = Settings(
        database_url=migrated.app_url("practice"),
        broker_url=broker.url("practice"),
        check_contracts=True,
        retry_seconds=(0.1, 0.1, 0.1),
    )
    leave_queues_of_an_earlier_release(settings.broker_url)
    with serving(PracticeService, settings) as container:
        yield container


def leave_queues_of_an_earlier_release(url: str) -> None:
    """Declare what practice followed of its own, with an event in it."""
    connection = connect(url, "earlier release")
    channel = connection.channel()
    queues.declare_retries(channel, "practice", (0.1, 0.1, 0.1))
    for kind in (SESSION_LOGGED, SESSION_CHANGED, SESSION_DELETED, SESSIONS_CLEARED, DATA_ERASED):
        queue = queues.declare_handler(channel, kind, "practice", "totals_moved")
        channel.basic_publish(amqp.Message("left over"), "", queue)
    connection.close()


class Caller:
    """Asks practice as the gateway does."""

    def __init__(self, url: str) -> None:
        self.connection = connect(url, "test gateway")
        self.channel = self.connection.channel()
        self.replies: dict[str, bytes] = {}
        self.channel.basic_consume("amq.rabbitmq.reply-to", no_ack=True, callback=self._take)

    def _take(self, message: Any) -> None:
        self.replies[message.properties["correlation_id"]] = orjson.loads(message.body)

    def ask(self, method: str, person: int | None, body: Any = None, **actor: Any) -> Any:
        """Return the reply to one request of `person`."""
        correlation = str(uuid4())
        known = {"id": person, "session": "s", "username": f"reader-{person}", **actor}
        command = {"id": correlation}
        request = {"actor": person and known, "command": command, "body": body or {}}
        message = amqp.Message(
            orjson.dumps({"args": [], "kwargs": {"request": request}}),
            content_type="application/json",
            content_encoding="utf-8",
            correlation_id=correlation,
            reply_to="amq.rabbitmq.reply-to",
            expiration="5000",
        )
        self.channel.basic_publish(message, "nameko-rpc", f"practice.{method}")
        end = time.monotonic() + SECONDS
        while correlation not in self.replies:
            assert time.monotonic() < end, f"no reply to {method}"
            with suppress(TimeoutError):
                self.connection.drain_events(timeout=0.1)
        return self.replies.pop(correlation)

    def result(self, method: str, person: int | None, body: Any = None, **actor: Any) -> Any:
        """Return the result of one request that is not refused."""
        reply = self.ask(method, person, body, **actor)
        assert reply["error"] is None
        return reply["result"]

    def refusal(self, method: str, person: int | None, body: Any = None) -> Any:
        """Return the error of one request that is refused."""
        reply = self.ask(method, person, body)
        assert reply["result"] is None
        return reply["error"]


@pytest.fixture
def gateway(db, service, broker) -> Iterator[Caller]:
    caller = Caller(broker.url("gateway"))
    yield caller
    caller.connection.close()


class Wire:
    """What practice publishes, and a way to say what auth says."""

    def __init__(self, url: str) -> None:
        self.connection = connect(url, "test listener")
        self.channel = self.connection.channel()
        queue = self.channel.queue_declare(exclusive=True).queue
        self.channel.queue_bind(queue, "practice.events", "#")
        self.channel.basic_consume(queue, no_ack=True, callback=self._take)
        self.heard: list[Envelope] = []

    def _take(self, message: Any) -> None:
        event = Envelope.model_validate_json(message.body)
        assert message.delivery_info["routing_key"] == event.type
        assert message.properties["message_id"] == str(event.id)
        self.heard.append(event)

    def hear(self, name: str) -> Envelope:
        """Return the first event of that name that was not heard yet."""
        return self.until(
            lambda: next(
                (
                    self.heard.pop(n)
                    for n, event in enumerate(self.heard)
                    if event.type == f"practice.{name}.v1"
                ),
                None,
            ),
            f"practice.{name} to be published",
        )

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        end = time.monotonic() + SECONDS
        while not (found := condition()):
            assert time.monotonic() < end, f"waited for {what}"
            with suppress(TimeoutError):
                self.connection.drain_events(timeout=0.05)
        return found

    def say(self, said: Event[Any]) -> None:
        """Publish an event as its source would."""
        event = envelope(said)
        message = amqp.Message(
            event.model_dump_json(),
            content_type="application/json",
            content_encoding="utf-8",
            message_id=str(event.id),
            delivery_mode=2,
        )
        source = event.source.rpartition("/")[2]
        self.channel.basic_publish(message, f"{source}.events", event.type)


@pytest.fixture
def wire(service, broker) -> Iterator[Wire]:
    wire = Wire(broker.admin_url)
    yield wire
    wire.connection.close()


@pytest.fixture
def deleted_by_auth(wire):
    """Let auth say that an account is gone, and return what practice says when it has erased."""

    def deleted_by_auth(key: int) -> Envelope:
        wire.say(made(USER_DELETED, key))
        return wire.hear("data_erased")

    return deleted_by_auth
