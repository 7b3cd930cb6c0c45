"""A caller of RPC methods as the gateway is one, and what else tests do with the broker."""

import json
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import amqp
import eventlet

from chassis.amqp.connection import connect, shut

ACTOR = {"id": 7, "session": "s", "username": "aisha"}


def until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Wait until `condition` gives something true, and return it."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s, but {found!r}")
        eventlet.sleep(0.01)


def cut(container: Any, kind: type) -> None:
    """Cut the connection of a service's consumer, as a failing network does."""
    (consumer,) = {part for part in container.subextensions if isinstance(part, kind)}
    shut(consumer._broker._connection.transport)


def wrapped(body: Any, actor: Any = ACTOR, command: Any = None) -> bytes:
    """Return the body of a request message."""
    request = {"actor": actor, "command": command, "body": body}
    return json.dumps({"args": [], "kwargs": {"request": request}}).encode()


class Caller:
    """Asks by direct reply-to, with the rights of `url`'s user."""

    def __init__(self, url: str) -> None:
        self.connection = connect(url, "test")
        self.channel = self.connection.channel()
        self.channel.auto_decode = False
        self.replies: dict[str, bytes] = {}
        self.channel.basic_consume("amq.rabbitmq.reply-to", no_ack=True, callback=self._keep)

    def _keep(self, message: Any) -> None:
        self.replies[message.properties["correlation_id"]] = message.body

    def send(self, method: str, body: bytes, **properties: Any) -> str:
        """Publish a request with any properties; None leaves one out. Return its correlation."""
        correlation = str(uuid.uuid4())
        known = {
            "content_type": "application/json",
            "content_encoding": "utf-8",
            "correlation_id": correlation,
            "reply_to": "amq.rabbitmq.reply-to",
            **properties,
        }
        known = {k: v for k, v in known.items() if v is not None}
        self.channel.basic_publish(amqp.Message(body, **known), "nameko-rpc", method)
        return correlation

    def raw(self, correlation: str, seconds: float = 10.0) -> bytes:
        """Return the bytes of the reply to `correlation`."""
        end = time.monotonic() + seconds
        while correlation not in self.replies:
            if time.monotonic() > end:
                raise AssertionError(f"no reply within {seconds} s")
            self.drain(0.1)
        return self.replies.pop(correlation)

    def reply(self, correlation: str, seconds: float = 10.0) -> dict[str, Any]:
        """Return the reply to `correlation`."""
        return json.loads(self.raw(correlation, seconds))

    def drain(self, seconds: float) -> None:
        """Take in replies for a while."""
        with suppress(TimeoutError):
            self.connection.drain_events(timeout=seconds)

    def ask(self, method: str, body: Any = None, *, actor: Any = ACTOR, **more: Any) -> Any:
        """Ask `method` of the probe and return the reply."""
        command = more.pop("command", None)
        message = wrapped({} if body is None else body, actor, command)
        return self.reply(self.send(f"khatma.{method}", message, **more))

    def close(self) -> None:
        with suppress(Exception):
            self.connection.close()


class Queue:
    """What a test sees of a queue, with the rights of an administrator."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.connection = connect(url, "test")
        self.channel = self.connection.channel()
        self.channel.auto_decode = False

    def size(self) -> int:
        return self.channel.queue_declare(self.name, passive=True).message_count

    def get(self, seconds: float = 10.0) -> Any:
        return until(lambda: self.channel.basic_get(self.name, no_ack=True), seconds)

    def put(self, body: bytes, exchange: str = "", key: str | None = None, **properties: Any):
        message = amqp.Message(body, **properties)
        self.channel.basic_publish(message, exchange, self.name if key is None else key)

    def purge(self) -> None:
        with suppress(Exception):
            self.channel.queue_purge(self.name)

    def close(self) -> None:
        with suppress(Exception):
            self.connection.close()
