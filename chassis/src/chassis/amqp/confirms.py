"""Publishing with confirms that does not wait for each message in turn."""

from collections.abc import Callable
from typing import Any

import amqp
import eventlet
from eventlet.event import Event
from eventlet.semaphore import Semaphore

from chassis.amqp import frames

CONFIRM_SECONDS = 10.0


class NotConfirmed(Exception):
    """The broker did not take the message, or nobody knows whether it did."""


class Ticket:
    """A message on its way to the broker."""

    def __init__(self) -> None:
        self._done = Event()

    @property
    def settled(self) -> bool:
        """Whether the broker has said how it went."""
        return bool(self._done.ready())

    def settle(self, failure: str | None = None) -> None:
        """Say how it went; only the first word counts."""
        if not self._done.ready():
            self._done.send(failure)

    def wait(self, seconds: float = CONFIRM_SECONDS) -> None:
        """Wait until the broker has confirmed the message.

        Raises:
            NotConfirmed: It was refused, could not be routed, or no word came in time.
        """
        if not self.settled:
            with eventlet.Timeout(seconds, False):
                self._done.wait()
        # A word that comes as the time ends has come, whichever of the two wakes us first.
        failure = self._done.wait() if self.settled else "no confirm came in time"
        if failure is not None:
            raise NotConfirmed(failure)


class Confirms:
    """A channel in confirm mode. Another greenlet reads its connection.

    Any number of messages may be on their way at once: `publish` returns a ticket to wait for.
    """

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._turn = Semaphore()
        self._last = 0
        self._waiting: dict[int, Ticket] = {}
        self._lost: Exception | None = None
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        channel.confirm_select()

    def publish(self, message: Any, exchange: str, routing_key: str) -> Ticket:
        """Send `message`, which a queue must take, and return its ticket at once.

        Args:
            message: An `amqp.Message`; its correlation id is used to recognise one that returns.
            exchange: Where to.
            routing_key: With which key.

        Raises:
            Exception: The message cannot be written, or the connection is lost; then it may or
                may not have got through.
        """

        def send(number: int) -> None:
            message.properties["correlation_id"] = str(number)
            self._channel.basic_publish(message, exchange, routing_key, mandatory=True)

        return self._sent(send)

    def publish_event(
        self, body: bytes, exchange: str, routing_key: str, message_id: str
    ) -> Ticket:
        """Send `body`, JSON that need not reach any queue, and return its ticket at once.

        Raises:
            Exception: As `publish`.
        """
        return self._sent(
            lambda _: frames.publish(self._channel, exchange, routing_key, body, message_id)
        )

    def _sent(self, send: Callable[[int], None]) -> Ticket:
        # The broker numbers messages in the order of their arrival, so take turns.
        with self._turn:
            if self._lost is not None:
                raise ConnectionError("the connection was lost") from self._lost
            number = self._last + 1
            ticket = self._waiting[number] = Ticket()
            try:
                send(number)
            except BaseException:
                # The broker has not seen it: it is written as a whole, or its connection is lost.
                self._waiting.pop(number, None)
                raise
            self._last = number
        return ticket

    @property
    def ended_by(self) -> Exception | None:
        """What ended the connection; None while it is good, as far as anybody knows."""
        return self._lost

    def lost(self, error: Exception) -> None:
        """Tell everybody who waits, and whoever publishes from now on, that it is gone."""
        self._lost = error
        waiting, self._waiting = self._waiting, {}
        for ticket in waiting.values():
            ticket.settle(f"the connection was lost: {error}")

    def _on_ack(self, number: int, multiple: bool) -> None:
        self._settle(number, multiple, None)

    def _on_nack(self, number: int, multiple: bool) -> None:
        self._settle(number, multiple, "the broker refused it")

    def _on_return(self, error: Any, exchange: str, routing_key: str, message: Any) -> None:
        ticket = self._waiting.get(int(message.properties["correlation_id"]))
        if ticket is not None:
            ticket.settle(f"no queue takes {routing_key} from {exchange}")

    def _settle(self, number: int, multiple: bool, failure: str | None) -> None:
        numbers = [n for n in self._waiting if n <= number] if multiple else [number]
        for each in numbers:
            ticket = self._waiting.pop(each, None)
            if ticket is not None:
                ticket.settle(failure)


def persistent(body: bytes, headers: dict[str, Any], **properties: Any) -> Any:
    """Return an `amqp.Message` that survives a restart of the broker."""
    return amqp.Message(
        body,
        application_headers=headers,
        delivery_mode=2,
        **{"content_type": "application/json", "content_encoding": "utf-8", **properties},
    )
