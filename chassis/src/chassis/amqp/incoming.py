"""What the broker sends: deliveries, and the rest, frame by frame (AMQP 0-9-1, 2.3.5 and 4.2).

The library asks the socket three times for each frame, and unpacks every field by its type: more
than twice the work for a request (docs/adr/0024). Nor may it read what anybody may have sent: a
byte that is no UTF-8 in a name fails it, and the same message would come again after each
reconnect, for ever. It still reads everything but deliveries; and the properties of those.
"""

import logging
from struct import Struct
from typing import Any

import amqp
from amqp.serialization import decode_properties_basic

from chassis.amqp.frames import BODY, END, HEADER, METHOD, OVERHEAD

log = logging.getLogger(__name__)

_CHUNK = 65_536
# Before what a frame carries: its kind, its channel and the size.
_FRAME = Struct(">BHI").unpack_from
_BEFORE = 7
# Class 60, method 60: the consumer's tag; the delivery's number and whether it came before; names.
_DELIVER = b"\x00\x3c\x00\x3c"
_NUMBERS = Struct(">Q?").unpack_from
# Of a header: class, weight and the body's length come before the properties.
_LENGTH = Struct(">Q").unpack_from
_LENGTH_AT, _PROPERTIES_AT = 4, 12


class Incoming:
    """Takes what a connection is sent, and hands it on.

    What came and is not handed on yet lies in the library's own buffer, which it reads from while
    it waits for an answer itself.

    Args:
        connection: An open `amqp.Connection`.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._transport = connection.transport
        self._begun: dict[int, _Delivery] = {}

    def wait(self, seconds: float | None = None) -> bool:
        """Take what the socket has; return whether that is anything.

        Args:
            seconds: How long to wait for it; as long as the socket's own time-out without it.

        Raises:
            OSError: The connection is lost.
        """
        try:
            with self._transport.having_timeout(seconds):
                came = self._transport.sock.recv(_CHUNK)
        except TimeoutError:
            return False
        if not came:
            raise OSError("the broker closed the connection")
        self._transport._read_buffer += came
        return True

    def hand_on(self) -> bool:
        """Hand on each frame that is here as a whole; return whether there was any.

        Raises:
            Exception: The broker closes the channel or the connection, or says what is no AMQP.
        """
        came, self._transport._read_buffer = self._transport._read_buffer, b""
        at = 0
        try:
            while (end := _end(came, at)) is not None:
                kind, number, _ = _FRAME(came, at)
                self._take(kind, number, came[at + _BEFORE : end - 1])
                at = end
        finally:
            self._transport._read_buffer = came[at:] + self._transport._read_buffer
        return at > 0

    def _take(self, kind: int, number: int, said: bytes) -> None:
        """Take a frame of the channel `number`: a delivery's own, or one for the library."""
        if kind == METHOD and said.startswith(_DELIVER):
            self._begun[number] = _Delivery(said)
        elif kind == METHOD or number not in self._begun:
            self._begun.pop(number, None)
            self._connection.on_inbound_frame((kind, number, said))
            return
        elif self._begun[number].take(kind, said):
            self._deliver(number, self._begun.pop(number))
        self._connection.bytes_recv += 1  # so that it knows that the broker lives

    def _deliver(self, number: int, delivery: "_Delivery") -> None:
        channel = self._connection.channels.get(number)
        if channel is not None and not channel.is_closing:
            channel._on_basic_deliver(*delivery.told, delivery.message())


class _Delivery:
    """A delivery whose frames come: what is told of it, then its header, then its body.

    Attributes:
        told: The consumer's tag, the delivery's number, whether it came before, the exchange and
            the routing key.
    """

    __slots__ = ("_body", "_header", "_left", "told")

    def __init__(self, said: bytes) -> None:
        tag, at = _short(said, len(_DELIVER))
        delivery, again = _NUMBERS(said, at)
        exchange, at = _short(said, at + 9)
        key, _ = _short(said, at)
        self.told = (tag, delivery, again, exchange, key)
        self._header: bytes | None = None
        self._body = b""
        self._left = 0

    def take(self, kind: int, said: bytes) -> bool:
        """Take the next frame; return whether it was the last.

        Raises:
            amqp.UnexpectedFrame: Another kind is due.
        """
        if kind != (HEADER if self._header is None else BODY):
            raise amqp.UnexpectedFrame(f"a frame of kind {kind} in the middle of a delivery")
        if self._header is None:
            self._header = said
            (self._left,) = _LENGTH(said, _LENGTH_AT)
        else:
            self._body = self._body + said if self._body else said
            self._left -= len(said)
        return self._left <= 0

    def message(self) -> Any:
        """Return it as the library's `Message`; without properties where they cannot be read.

        Such a one breaks the protocol, and is refused for what it lacks.
        """
        message = amqp.Message(self._body)
        try:
            message.properties, _ = decode_properties_basic(self._header, _PROPERTIES_AT)
        except Exception as error:
            log.warning("a message came with properties that cannot be read: %s", error)
            message.properties = {}
        return message


def _end(came: bytes, at: int) -> int | None:
    """Return where the frame at `at` ends, or None where it is not here as a whole.

    Raises:
        amqp.UnexpectedFrame: It does not end as a frame does.
    """
    if len(came) < at + OVERHEAD:
        return None
    end = at + OVERHEAD + _FRAME(came, at)[2]
    if len(came) < end:
        return None
    if not came.startswith(END, end - 1):
        raise amqp.UnexpectedFrame(f"a frame ends with {came[end - 1]:#04x}")
    return int(end)


def _short(said: bytes, at: int) -> tuple[str, int]:
    """Return the text at `at`, and where it ends; what is no UTF-8 becomes another text."""
    begins = at + 1
    end = begins + said[at]
    return str(said[begins:end], "utf-8", "replace"), end
