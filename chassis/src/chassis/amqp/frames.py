"""A message and the frames that it is sent as (AMQP 0-9-1, 2.3.5 and 4.2).

The library packs every field by its type and holds a lock and a promise for each method. A reply,
or an event, is the same few dozen bytes around what differs, and there is one for each request.
"""

from struct import pack
from typing import Any

from amqp import RecoverableConnectionError

METHOD, HEADER, BODY = 1, 2, 3
"""Kinds of frames."""
END = b"\xce"
OVERHEAD = 8
"""Bytes of a frame beside what it carries: seven before it, `END` behind it."""
# Class 60, method 40: no ticket; neither mandatory nor immediate.
_PUBLISH, _PUBLISHED = b"\x00\x3c\x00\x28\x00\x00", b"\x00"
_IS_JSON, _JSON = 1 << 15 | 1 << 14, b"\x10application/json\x05utf-8"
_HAS_CORRELATION_ID = 1 << 10
# No headers; a message that survives a restart of the broker.
_IS_KEPT, _KEPT = 1 << 13 | 1 << 12, b"\x00\x00\x00\x00\x02"
_HAS_MESSAGE_ID = 1 << 7
# Class 60, method 80: this one delivery.
_ACK, _ACKED = b"\x00\x3c\x00\x50", b"\x00"


def ack(channel: int, delivery_tag: int) -> bytes:
    """Return the frame that acknowledges one delivery on `channel`."""
    return _frame(METHOD, channel, _ACK + pack(">Q", delivery_tag) + _ACKED)


def put(channel: Any, queue: str, body: bytes, correlation_id: str | None) -> None:
    """Send `body`, JSON, into `queue` on `channel`, without a confirm.

    Raises:
        Exception: The connection is lost.
    """
    connection = _connection(channel)
    properties = 0, b""
    if correlation_id is not None:
        properties = _HAS_CORRELATION_ID, _short(correlation_id)
    _send(connection, _message(channel, "", queue, body, properties))


def publish(channel: Any, exchange: str, routing_key: str, body: bytes, message_id: str) -> None:
    """Publish `body`, JSON, to `exchange` on `channel`, as a message that survives a restart.

    Raises:
        Exception: The connection is lost.
    """
    connection = _connection(channel)
    properties = _IS_KEPT | _HAS_MESSAGE_ID, _KEPT + _short(message_id)
    _send(connection, _message(channel, exchange, routing_key, body, properties))


def settle(channel: Any, delivery_tag: int) -> None:
    """Acknowledge one delivery on `channel`.

    Raises:
        Exception: The connection is lost.
    """
    _send(_connection(channel), ack(channel.channel_id, delivery_tag))


def _message(
    channel: Any, exchange: str, key: str, body: bytes, properties: tuple[int, bytes]
) -> bytes:
    """Return the frames that publish `body`, JSON, with more `properties`: flags, and those."""
    flags, written = properties
    number, most = channel.channel_id, channel.connection.frame_max - OVERHEAD
    header = pack(">HHQH", 60, 0, len(body), _IS_JSON | flags) + _JSON + written
    return b"".join(
        [
            _frame(METHOD, number, _PUBLISH + _short(exchange) + _short(key) + _PUBLISHED),
            _frame(HEADER, number, header),
            *(_frame(BODY, number, body[at : at + most]) for at in range(0, len(body), most)),
        ]
    )


def _connection(channel: Any) -> Any:
    if channel.connection is None:
        raise RecoverableConnectionError("the connection is closed")
    return channel.connection


def _send(connection: Any, frames: bytes) -> None:
    connection.transport.write(frames)
    connection.bytes_sent += 1  # so that it knows that no heartbeat is due


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return pack(">BHI", kind, channel, len(payload)) + payload + END


def _short(text: str) -> bytes:
    written = text.encode("utf-8", "surrogatepass")
    return bytes([len(written)]) + written
