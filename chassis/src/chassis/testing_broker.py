"""pytest fixtures that ask a running service, hear it and tell it events, over the real broker.

A package's conftest names this module in `pytest_plugins`, and its tests of the whole service give
the fixture `service`: the container that `chassis.service.run.serving` yields.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import amqp
import orjson
import pytest

from chassis.amqp.connection import connect
from chassis.testing import actor, envelope
from chassis.work.encoding import encode
from contracts.events import ACTIVITY_EXCHANGE, EVENTS, Envelope, Event, EventType
from contracts.rpc import Actor, RpcMethod

SECONDS = 20.0
_JSON = {"content_type": "application/json", "content_encoding": "utf-8"}


class Caller:
    """Sends requests, sound or not, by direct reply-to; many may be under way.

    Args:
        url: Of the broker, as the user with whose rights it asks.
    """

    def __init__(self, url: str) -> None:
        self.connection = connect(url, "test caller")
        self.channel = self.connection.channel()
        self.channel.auto_decode = False
        self.replies: dict[str, bytes] = {}
        self.channel.basic_consume("amq.rabbitmq.reply-to", no_ack=True, callback=self._take)

    def _take(self, message: Any) -> None:
        self.replies[message.properties["correlation_id"]] = message.body

    def publish(self, routing_key: str, body: bytes, **properties: Any) -> str:
        """Publish a request with any properties, of which None leaves one out; see `reply`.

        Returns:
            Its correlation.
        """
        known = {"correlation_id": uuid4().hex, "reply_to": "amq.rabbitmq.reply-to", **_JSON}
        said = {name: value for name, value in {**known, **properties}.items() if value is not None}
        self.channel.basic_publish(amqp.Message(body, **said), "nameko-rpc", routing_key)
        return str(known["correlation_id"])

    def raw(self, correlation: str, seconds: float = SECONDS) -> bytes:
        """Return the bytes of the reply to `correlation`."""
        found = _until(
            self.connection, lambda: self.replies.pop(correlation, None), "a reply", seconds
        )
        return bytes(found)

    def reply(self, correlation: str, seconds: float = SECONDS) -> Any:
        """Return the reply to `correlation`, with its `result` and its `error`."""
        return orjson.loads(self.raw(correlation, seconds))

    def some(self, times: int, seconds: float = SECONDS) -> dict[str, Any]:
        """Return the replies that have come once there are so many, by their correlations."""
        _until(self.connection, lambda: len(self.replies) >= times, f"{times} replies", seconds)
        came, self.replies = self.replies, {}
        return {correlation: orjson.loads(body) for correlation, body in came.items()}

    def close(self) -> None:
        """End its connection, if it is not gone."""
        with suppress(OSError, amqp.AMQPError):
            self.connection.close()


def wrapped(body: Any, by: Any = None, command: Any = None) -> bytes:
    """Return a request's body of a message: what is asked, by whom, as which command."""
    request = {"actor": by, "command": command, "body": body}
    return bytes(encode({"args": [], "kwargs": {"request": request}}))


class Gateway(Caller):
    """Asks as the gateway does: what the contract says, with a deadline."""

    def send(
        self,
        method: RpcMethod[Any],
        by: Actor | int | None = None,
        body: Any = None,
        *,
        patience: float = SECONDS,
        **fields: Any,
    ) -> str:
        """Send a request and return its correlation, for `reply`.

        Args:
            method: What is asked.
            by: Who asks; of whom nothing but the id matters, by that.
            body: The request, maybe one that breaks its model, where it is not said by `fields`.
            patience: For how many seconds from now it is waited for.
        """
        return self.publish(
            method.routing_key,
            wrapped(
                fields if body is None else body,
                actor(by) if isinstance(by, int) else by,
                {"id": uuid4().hex} if method.writes else None,
            ),
            application_headers={"nameko.deadline": int((time.time() + patience) * 1000)},
        )

    def ask(
        self, method: RpcMethod[Any], by: Actor | int | None = None, *body: Any, **fields: Any
    ) -> Any:
        """Return the reply, with its `result` and its `error`; see `send`."""
        return self.reply(self.send(method, by, *body, **fields))

    def result(
        self, method: RpcMethod[Any], by: Actor | int | None = None, *body: Any, **fields: Any
    ) -> Any:
        """Return the result of a request that is not refused; see `send`."""
        reply = self.ask(method, by, *body, **fields)
        assert reply["error"] is None, reply
        return reply["result"]

    def refusal(
        self, method: RpcMethod[Any], by: Actor | int | None = None, *body: Any, **fields: Any
    ) -> Any:
        """Return the error of a request that is refused; see `send`."""
        reply = self.ask(method, by, *body, **fields)
        assert reply["result"] is None, reply
        return reply["error"]


class Wire:
    """What a service publishes, and a way to say what others do.

    Args:
        broker: The broker of the tests.
        source: The service that is listened to.
    """

    def __init__(self, broker: Any, source: str) -> None:
        self._broker = broker
        self._sources: dict[str, Any] = {}
        self.connection = connect(broker.admin_url, "test listener")
        channel = self.connection.channel()
        queue = channel.queue_declare(exclusive=True).queue
        channel.queue_bind(queue, ACTIVITY_EXCHANGE, f"{source}.#")
        channel.basic_consume(queue, no_ack=True, callback=self._take)
        self._heard: list[Envelope] = []

    def _take(self, message: Any) -> None:
        event = Envelope.model_validate_json(message.body)
        assert message.delivery_info["routing_key"] == event.type
        kind = EVENTS[event.type]
        kind.data.model_validate(event.data)
        alone = kind.others and not event.data[kind.others]
        exchange = ACTIVITY_EXCHANGE if alone else kind.exchange
        assert message.delivery_info["exchange"] == exchange
        assert message.properties["message_id"] == str(event.id)
        self._heard.append(event)

    def hear(self, kind: EventType, about: int | str | None = None) -> Envelope:
        """Return the first event of `kind`, about whatever or `about`, that was not heard yet."""
        subject = None if about is None else f"{kind.subject}/{about}"

        def heard() -> Envelope | None:
            for nth, event in enumerate(self._heard):
                if event.type == kind.wire_name and subject in (None, event.subject):
                    return self._heard.pop(nth)
            return None

        found: Envelope = self.until(heard, f"{kind.wire_name} to be published")
        return found

    def history(self, subject: str, count: int) -> list[Envelope]:
        """Return the first `count` events about `subject`, such as `user/7`, in order."""

        def about() -> list[Envelope]:
            return [event for event in self._heard if event.subject == subject]

        self.until(lambda: len(about()) >= count, f"{count} events about {subject}")
        return about()

    def until(self, condition: Callable[[], Any], what: str = "a condition") -> Any:
        """Wait for `condition` to give something true, and return that."""
        return _until(self.connection, condition, what)

    def say(self, event: Event[Any]) -> None:
        """Publish an event as its source does, with the rights of that."""
        source = event.type.source
        if source not in self._sources:
            self._sources[source] = connect(self._broker.url(source), f"test {source}")
        message = amqp.Message(
            envelope(event).model_dump_json(), message_id=str(event.id), delivery_mode=2, **_JSON
        )
        channel = self._sources[source].channel()
        channel.basic_publish(message, event.type.exchange, event.type.wire_name)
        channel.close()

    def close(self) -> None:
        """End its connections."""
        for connection in (self.connection, *self._sources.values()):
            connection.close()


def _until(
    connection: Any, condition: Callable[[], Any], what: str, seconds: float = SECONDS
) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"waited for {what}"
        with suppress(TimeoutError):
            connection.drain_events(timeout=0.05)
    return found


@pytest.fixture
def gateway(service: Any, broker: Any) -> Iterator[Gateway]:
    """Ask the running service: `gateway.result(methods.LOG_SESSION, 7, duration=25)`."""
    gateway = Gateway(broker.url("gateway"))
    yield gateway
    gateway.close()


@pytest.fixture
def wire(service: Any, broker: Any) -> Iterator[Wire]:
    """Hear the running service, and tell it: `wire.hear(SESSION_LOGGED)`, `wire.say(made(…))`."""
    wire = Wire(broker, service.service_name)
    yield wire
    wire.close()
