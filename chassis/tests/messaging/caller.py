"""A caller of RPC methods as the gateway is one, and what else tests do with the broker."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import amqp
import eventlet

from chassis import testing_broker
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
    """Return the body of a request message of somebody."""
    return testing_broker.wrapped(body, actor, command)


class Caller(testing_broker.Caller):
    """Asks the probe by the names of its methods, with whatever properties."""

    def ask(self, method: str, body: Any = None, *, actor: Any = ACTOR, **more: Any) -> Any:
        """Ask `method` of the probe and return the reply."""
        message = wrapped(body or {}, actor, more.pop("command", None))
        return self.reply(self.publish(f"khatma.{method}", message, **more))


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
