"""Reading a stream queue in order, from a place in it."""

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import amqp

from chassis.amqp.connection import BrokerConnection
from chassis.amqp.guards import headers_of

log = logging.getLogger(__name__)

PREFETCH = 500
FIRST = "first"
"""Where a stream begins, whatever of it the broker still keeps."""
_OFFSET = "x-stream-offset"


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message of a stream.

    Attributes:
        offset: Its place in the stream.
        id: Its message id; empty without one.
        body: As it was published.
        exchange: Which it was published to, by the broker's word; see `guards.check_origin`.
        routing_key: With which.
    """

    offset: int
    id: str
    body: bytes
    exchange: str
    routing_key: str


class Stream:
    """The messages of a stream from a place on, for one greenlet that asks for them.

    Nobody reads while nobody asks: what arrives meanwhile waits in the socket, and is read in one
    go. Waking for each message by itself cost more than taking it in.
    """

    def __init__(self, broker: BrokerConnection) -> None:
        self._broker = broker
        self._arrived: deque[Any] = deque()
        self._taken = 0

    def consume(self, queue: str, start: int | str) -> None:
        """Have messages sent from the offset `start` on."""
        channel = self._broker.channel
        channel.basic_qos(0, PREFETCH, False)
        channel.basic_consume(queue, callback=self._arrived.append, arguments={_OFFSET: start})

    def wait(self, seconds: float) -> bool:
        """Wait until something has arrived, for `seconds` at most; say whether it has.

        Raises:
            Exception: The connection is lost, or the stream was deleted.
        """
        self._broker.take_in(0 if self._arrived else seconds)
        return bool(self._arrived)

    def take(self, most: int = PREFETCH) -> list[Delivered]:
        """Return what had arrived when it was waited for, in order, up to `most`.

        A message whose properties cannot be read has no place that could be told: it is left out.
        """
        messages = [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]
        if messages:
            self._taken = messages[-1].delivery_tag
        return [_delivered(message) for message in messages if _has_a_place(message)]

    def settle(self) -> None:
        """Say that what was taken is done with, so that as much again is sent."""
        if self._taken:
            self._broker.channel.basic_ack(self._taken, multiple=True)
            self._taken = 0

    def say(self, body: bytes, exchange: str) -> None:
        """Publish `body`, which is JSON, to whoever listens to `exchange` now."""
        message = amqp.Message(
            body, content_type="application/json", content_encoding="utf-8", delivery_mode=1
        )
        self._broker.channel.basic_publish(message, exchange, "")


@contextmanager
def opened(url: str, name: str, queue: str, start: int | str) -> Iterator[Stream]:
    """Connect to the broker, and read a stream until the end of the block.

    Args:
        url: Of the broker.
        name: Shown by it.
        queue: The stream.
        start: The offset to begin with, or `FIRST`.

    Raises:
        Exception: The broker is away, or refuses.
    """
    broker = BrokerConnection.connect(url, name)
    stream = Stream(broker)
    try:
        stream.consume(queue, start)
        yield stream
    finally:
        broker.close()


def _has_a_place(message: Any) -> bool:
    if _OFFSET in headers_of(message):
        return True
    log.error("stepped over a message of the stream whose properties cannot be read")
    return False


def _delivered(message: Any) -> Delivered:
    body = message.body if isinstance(message.body, bytes) else str(message.body).encode()
    return Delivered(
        headers_of(message)[_OFFSET],
        str(message.properties.get("message_id") or ""),
        body,
        message.delivery_info["exchange"],
        message.delivery_info["routing_key"],
    )
