"""One connection to the broker that reads one queue, until it is lost."""

import contextlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import pika
from pika.exceptions import (
    AMQPError,
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
    StreamLostError,
)

from sakina_events.urls import parameters_of

_LEAVE_SECONDS = 2.0
_ACCESS_REFUSED, _NOT_FOUND, _NOT_ALLOWED = 403, 404, 530
_NO_QUEUE = "no queue"


class Lost(Exception):
    """The connection is gone; another one may do better."""


class Refused(Exception):
    """The broker does not let this consumer in, or not to what it asks for: no try would help."""


class NoQueue(Refused):
    """There is no such queue or stream, or it is not this consumer's."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that came.

    Attributes:
        tag: What to acknowledge it by.
        offset: Its number in the stream; -1 in a queue.
        event_id: The id of the event in it.
        body: The event.
    """

    tag: int
    offset: int
    event_id: str
    body: bytes


class Link:
    """One connection. It has been used up once `run` has ended.

    A stream knows neither basic.get nor basic.nack, and pika's BlockingConnection sends a nack
    for what it has not shown yet when it is closed; so this is the other one, with callbacks.

    Args:
        url: The consumer's.
        queue: The queue or the stream.
        receive: Called with each message. What it raises ends `run`.
        prefetch: How many messages may be without acknowledgement.
        arguments: Of the consumption, such as `x-stream-offset`.
        on_consuming: Called when the broker has agreed.
    """

    def __init__(
        self,
        url: str,
        queue: str,
        receive: Callable[[Delivery], None],
        *,
        prefetch: int,
        arguments: Mapping[str, Any] | None = None,
        on_consuming: Callable[[], None] = lambda: None,
    ) -> None:
        self._parameters = parameters_of(url)
        self._parameters.client_properties = {"connection_name": f"sakina_events {queue}"}
        self._name = self._parameters.credentials.username
        self._queue = queue
        self._receive = receive
        self._prefetch = prefetch
        self._arguments = dict(arguments or {})
        self._on_consuming = on_consuming
        self._connection: Any = None
        self._channel: Any = None
        self._leaving = False
        self._why: BaseException | None = None

    def run(self) -> NoReturn:
        """Read until the connection is lost.

        Raises:
            Lost: It was lost, or could not be made.
            Refused: The broker refuses the consumer, or there is no such queue.
            Exception: Whatever `receive` raised.
        """
        self._connection = pika.SelectConnection(
            self._parameters,
            on_open_callback=self._opened,
            on_open_error_callback=self._ended,
            on_close_callback=self._ended,
        )
        try:
            self._connection.ioloop.start()
        except BaseException:
            self._leave()
            raise
        finally:
            self._connection.ioloop.close()
        raise self._why or Lost("the connection ended")

    def acknowledge(self, delivery: Delivery, *, and_before: bool = False) -> None:
        """Tell the broker that a message is done with; with `and_before`, all up to it."""
        self._channel.basic_ack(delivery.tag, multiple=and_before)

    def soon(self, act: Callable[[], None], seconds: float = 0) -> None:
        """Call `act` when all that has come by now is received, or after `seconds`."""
        self._connection.ioloop.call_later(seconds, lambda: self._do(act))

    def end(self, why: BaseException) -> None:
        """Have `run` raise `why`, once the connection is closed."""
        self._why = self._why or why
        self._leaving = True
        if self._connection.is_open:
            self._connection.close()

    # What pika calls

    def _opened(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._ready)

    def _ready(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_cancel_callback(lambda _frame: self.end(Lost("the queue went away")))
        channel.basic_qos(prefetch_count=self._prefetch, callback=self._consume)

    def _consume(self, _frame: Any) -> None:
        self._channel.basic_consume(
            self._queue, self._received, arguments=self._arguments, callback=self._consumes
        )

    def _consumes(self, _frame: Any) -> None:
        self._on_consuming()

    def _received(self, _channel: Any, method: Any, properties: Any, body: bytes) -> None:
        offset = (properties.headers or {}).get("x-stream-offset", -1)
        delivery = Delivery(method.delivery_tag, offset, properties.message_id or "", body)
        self._do(lambda: self._receive(delivery))

    def _do(self, act: Callable[[], None]) -> None:
        """Call back whoever uses this link. pika takes an exception for a broken connection."""
        if self._leaving:
            return
        try:
            act()
        except BaseException as error:
            self.end(error)

    def _channel_closed(self, _channel: Any, reason: Exception) -> None:
        if isinstance(reason, ChannelClosedByBroker) and not self._leaving:
            self.end(why_closed(reason))

    def _ended(self, connection: Any, reason: Exception) -> None:
        self._why = self._why or _reason(reason, self._name)
        connection.ioloop.stop()

    def _leave(self) -> None:
        """Close the connection, so that the broker gives to others what is not acknowledged."""
        self._leaving = True
        with contextlib.suppress(AMQPError):
            if self._connection.is_open:
                self._connection.close()
                self._connection.ioloop.call_later(_LEAVE_SECONDS, self._connection.ioloop.stop)
                self._connection.ioloop.start()


def why_closed(closed: ChannelClosedByBroker) -> NoQueue | Lost:
    """Return what it means that the broker closed a channel.

    A broker that is starting knows a stream by name before it can read it, and says 404 then
    too: that it is down, not that there is none.
    """
    code, text = closed.reply_code, closed.reply_text
    missing = code == _NOT_FOUND and _NO_QUEUE in text
    return NoQueue(text) if missing or code == _ACCESS_REFUSED else Lost(text)


def _reason(error: Exception, name: str) -> Exception:
    why = cause(error)
    said = f"{error!r}: {error}" if str(error) else repr(error)
    guessed = isinstance(error, ProbableAuthenticationError | ProbableAccessDeniedError)
    # pika guesses where a connection ends early; the broker itself says 403 or 530.
    if guessed and any(f"({code})" in said for code in (_ACCESS_REFUSED, _NOT_ALLOWED)):
        return Refused(
            f"the broker does not let {name!r} in: it was removed, or the password or the virtual "
            f"host is another: {why}"
        )
    if isinstance(error, ConnectionClosedByBroker) and error.reply_code == _NOT_ALLOWED:
        return Refused(f"the broker refuses the connection of {name!r}: {error.reply_text}")
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return Refused(f"the broker's certificate is not one to trust: {why}")
    return Lost(why)


def cause(error: BaseException) -> str:
    """Return in a few words what is at the bottom of what pika has put around it."""
    inside: BaseException | None = error
    while inside is not None:
        error, inside = inside, _inside(inside)
    words = ", ".join(map(str, error.args))
    match error:
        case ConnectionClosedByBroker():
            words = str(error.reply_text)
        case StreamLostError():
            words = "the connection ended"
        case ssl.SSLCertVerificationError():
            words = str(error.verify_message)
        case ssl.SSLError():
            words = f"TLS: {(getattr(error, 'reason', None) or 'failed').replace('_', ' ').lower()}"
        case TimeoutError():
            words = "no answer in time"
        case OSError(strerror=str(strerror)):
            words = strerror.lower()
    return words or type(error).__name__


def _inside(error: BaseException) -> BaseException | None:
    held = (*getattr(error, "exceptions", ()), getattr(error, "exception", None), *error.args)
    errors = [each for each in held if isinstance(each, BaseException)]
    return errors[-1] if errors else None
