"""Reading a stream queue in order, from a place in it."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import amqp
import eventlet
from eventlet.event import Event

from chassis.amqp.connection import BrokerConnection

PREFETCH = 500
_OFFSET = "x-stream-offset"
FIRST = "first"
"""Where a stream begins, whatever of it the broker still keeps."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message of a stream.

    Attributes:
        offset: Its place in the stream.
        id: Its message id; empty without one.
        body: As it was published.
    """

    offset: int
    id: str
    body: bytes


class Stream:
    """The messages of a stream from a place on, as they arrive; see `opened`."""

    def __init__(self, broker: BrokerConnection) -> None:
        self._broker = broker
        self._arrived: deque[Any] = deque()
        self._news = Event()
        self._taken = 0
        self._lost: Exception | None = None

    def consume(self, queue: str, start: int | str) -> None:
        """Have messages sent from the offset `start` on. Nobody may be reading yet."""
        channel = self._broker.channel
        channel.basic_qos(0, PREFETCH, False)
        channel.basic_consume(queue, callback=self._arrive, arguments={_OFFSET: start})

    def _arrive(self, message: Any) -> None:
        self._arrived.append(message)
        if not self._news.ready():
            self._news.send(None)

    def lost(self, error: Exception) -> None:
        """Let who waits know that nothing comes any more, and why."""
        self._lost = error
        if not self._news.ready():
            self._news.send(None)

    def wait(self, seconds: float) -> bool:
        """Wait until something has arrived, for `seconds` at most; say whether it has.

        Raises:
            ConnectionError: The connection is lost, or the stream was deleted.
        """
        if not self._arrived and self._lost is None:
            with eventlet.Timeout(seconds, False):
                self._news.wait()
        if self._lost is not None:
            raise ConnectionError(f"it ended: {self._lost}") from self._lost
        return bool(self._arrived)

    def take(self, most: int = PREFETCH) -> list[Delivered]:
        """Return what has arrived, in order, up to `most`."""
        messages = [self._arrived.popleft() for _ in range(min(most, len(self._arrived)))]
        if not self._arrived:
            self._news = Event()
        if messages:
            self._taken = messages[-1].delivery_tag
        return [_delivered(message) for message in messages]

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
    except BaseException:
        broker.drop()
        raise
    reader = eventlet.spawn(_read, broker, stream)
    try:
        yield stream
    finally:
        reader.kill()
        broker.close()


def _read(broker: BrokerConnection, stream: Stream) -> None:
    try:
        broker.read()
    except Exception as error:
        stream.lost(error)


def _delivered(message: Any) -> Delivered:
    headers = message.properties.get("application_headers") or {}
    body = message.body if isinstance(message.body, bytes) else str(message.body).encode()
    return Delivered(headers[_OFFSET], str(message.properties.get("message_id") or ""), body)
