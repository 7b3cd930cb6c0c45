"""What the broker sends: deliveries, and the rest, frame by frame (AMQP 0-9-1, 2.3.5 and 4.2).

The library asks the socket three times for each frame, and unpacks every field by its type: more
than twice the work for a request (docs/adr/0024). It still reads everything but deliveries that are
here as a whole, in two or three frames; and the properties of those.
"""

from struct import Struct
from typing import Any

import amqp
from amqp.serialization import decode_properties_basic

from chassis.amqp.frames import BODY, END, HEADER, METHOD, OVERHEAD

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
                at = self._deliver(came, at, end) or self._say(came, at, end)
        finally:
            self._transport._read_buffer = came[at:] + self._transport._read_buffer
        return at > 0

    def _say(self, came: bytes, at: int, end: int) -> int:
        """Have the library read the frame from `at` to `end`; return where the next begins."""
        kind, channel, _ = _FRAME(came, at)
        self._connection.on_inbound_frame((kind, channel, came[at + _BEFORE : end - 1]))
        return end

    def _deliver(self, came: bytes, at: int, end: int) -> int | None:
        """Hand on a delivery; return where the next frame begins, or None where it is none."""
        kind, number, _ = _FRAME(came, at)
        at += _BEFORE
        if kind != METHOD or not came.startswith(_DELIVER, at):
            return None
        content, channel = _content(came, end, number), self._connection.channels.get(number)
        if content is None or channel is None or channel.is_closing:
            return None
        message, end = content
        tag, at = _short(came, at + len(_DELIVER))
        delivery, again = _NUMBERS(came, at)
        exchange, at = _short(came, at + 9)
        key, _ = _short(came, at)
        self._connection.bytes_recv += 3  # so that it knows that the broker lives
        channel._on_basic_deliver(tag, delivery, again, exchange, key, message)
        return end


def _content(came: bytes, at: int, channel: int) -> tuple[Any, int] | None:
    """Return the message whose header is at `at`, and where the next frame begins.

    None where it is not here as a whole, or has another number of frames than one or two.
    """
    end = _end(came, at)
    if end is None or _FRAME(came, at)[:2] != (HEADER, channel):
        return None
    at += _BEFORE
    (length,) = _LENGTH(came, at + _LENGTH_AT)
    body = b""
    if length:
        begins, end = end, _end(came, end)
        if end is None or _FRAME(came, begins) != (BODY, channel, length):
            return None
        body = came[begins + _BEFORE : end - 1]
    message = amqp.Message(body)
    message.properties, _ = decode_properties_basic(came, at + _PROPERTIES_AT)
    return message, end


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


def _short(came: bytes, at: int) -> tuple[str, int]:
    """Return the text at `at`, and where it ends."""
    begins = at + 1
    end = begins + came[at]
    return str(came[begins:end], "utf-8", "surrogatepass"), end
