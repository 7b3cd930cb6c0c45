"""What passes the exchange of activity, as the broker gives it to whoever may hear everything."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

EXCHANGE = "sakina.activity"


@dataclass(frozen=True)
class Heard:
    """A message of the exchange: its routing key, its properties and what it says."""

    key: str
    properties: pika.BasicProperties
    event: dict[str, Any]


class Listener:
    """Hears everything from now on.

    Attributes:
        heard: All messages that were taken off the queue, in their order.
    """

    def __init__(self, channel: BlockingChannel) -> None:
        self._channel = channel
        self._queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(self._queue, EXCHANGE, "#")
        self.heard: list[Heard] = []

    def keys(self) -> set[str]:
        """Take in what has come, and return the routing keys of all that was heard."""
        while True:
            method, properties, body = self._channel.basic_get(self._queue, auto_ack=True)
            if method is None:
                return {each.key for each in self.heard}
            self.heard.append(Heard(method.routing_key, properties, json.loads(body)))


@contextmanager
def listening(url: str) -> Iterator[Listener]:
    """Listen at the broker's address `url`, of a user who may."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        yield Listener(connection.channel())
    finally:
        connection.close()
