"""A message and the frames that it is sent as (AMQP 0-9-1, 2.3.5 and 4.2).

The library packs every field by its type and holds a lock and a promise for each method. A reply is
the same two dozen bytes around what differs, and there is one for each request.
"""

from struct import pack
from typing import Any

from amqp import RecoverableConnectionError

_METHOD, _HEADER, _BODY = 1, 2, 3
_END = b"\xce"
_OVERHEAD = 8
# Class 60, method 40: no ticket, the default exchange; neither mandatory nor immediate.
_PUBLISH, _PUBLISHED = b"\x00\x3c\x00\x28\x00\x00\x00", b"\x00"
_CONTENT_TYPE, _CONTENT_ENCODING, _CORRELATION_ID = 1 << 15, 1 << 14, 1 << 10
_IN_JSON = b"\x10application/json\x05utf-8"
# Class 60, method 80: this one delivery.
_ACK, _ACKED = b"\x00\x3c\x00\x50", b"\x00"


def json_message(
    channel: int, queue: str, body: bytes, correlation_id: str | None, frame_max: int
) -> bytes:
    """Return the frames that put `body`, JSON, into `queue` by the default exchange.

    Args:
        channel: Number of the channel.
        queue: At most 255 bytes.
        body: As many bytes as wanted.
        correlation_id: At most 255 bytes.
        frame_max: The most bytes of a frame, as the broker said.
    """
    flags, properties = _CONTENT_TYPE | _CONTENT_ENCODING, _IN_JSON
    if correlation_id is not None:
        flags, properties = flags | _CORRELATION_ID, properties + _short(correlation_id)
    header = pack(">HHQH", 60, 0, len(body), flags) + properties
    most = frame_max - _OVERHEAD
    return b"".join(
        [
            _frame(_METHOD, channel, _PUBLISH + _short(queue) + _PUBLISHED),
            _frame(_HEADER, channel, header),
            *(_frame(_BODY, channel, body[at : at + most]) for at in range(0, len(body), most)),
        ]
    )


def ack(channel: int, delivery_tag: int) -> bytes:
    """Return the frame that acknowledges one delivery on `channel`."""
    return _frame(_METHOD, channel, _ACK + pack(">Q", delivery_tag) + _ACKED)


def put(channel: Any, queue: str, body: bytes, correlation_id: str | None) -> None:
    """Send `body`, JSON, into `queue` on `channel`, without a confirm.

    Raises:
        Exception: The connection is lost.
    """
    connection = _connection(channel)
    _send(
        connection,
        json_message(channel.channel_id, queue, body, correlation_id, connection.frame_max),
    )


def settle(channel: Any, delivery_tag: int) -> None:
    """Acknowledge one delivery on `channel`.

    Raises:
        Exception: The connection is lost.
    """
    _send(_connection(channel), ack(channel.channel_id, delivery_tag))


def _connection(channel: Any) -> Any:
    if channel.connection is None:
        raise RecoverableConnectionError("the connection is closed")
    return channel.connection


def _send(connection: Any, frames: bytes) -> None:
    connection.transport.write(frames)
    connection.bytes_sent += 1  # so that it knows that no heartbeat is due


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return pack(">BHI", kind, channel, len(payload)) + payload + _END


def _short(text: str) -> bytes:
    written = text.encode("utf-8", "surrogatepass")
    return bytes([len(written)]) + written
