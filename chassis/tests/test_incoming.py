"""What comes is handed on as the library would, in whatever pieces it comes."""

from struct import pack
from typing import Any

import amqp
import pytest
from amqp import spec
from amqp.method_framing import frame_handler
from hypothesis import given
from hypothesis import strategies as st

from chassis.amqp.incoming import Incoming

SHORT = st.text(max_size=40)
FRAME_MAX = 64
CHANNELS = (1, 2)


def frame(kind: int, channel: int, payload: bytes) -> bytes:
    return pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def short(text: str) -> bytes:
    written = text.encode()
    return bytes([len(written)]) + written


def delivery(
    channel: int, number: int, key: str, body: bytes, properties: dict[str, Any]
) -> list[bytes]:
    """Return the frames of a delivery, as a broker cuts them."""
    message = amqp.Message(body, **properties)
    told = b"\x00\x3c\x00\x3c" + short("tag") + pack(">Q?", number, bool(number % 2))
    header = pack(">HHQ", 60, 0, len(body)) + message._serialize_properties()
    pieces = [body[at : at + FRAME_MAX] for at in range(0, len(body), FRAME_MAX)]
    return [
        frame(1, channel, told + short("exchange") + short(key)),
        frame(2, channel, header),
        *(frame(3, channel, piece) for piece in pieces),
    ]


def confirm(channel: int, number: int) -> list[bytes]:
    return [frame(1, channel, b"\x00\x3c\x00\x50" + pack(">Q?", number, True))]


PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "content_type": SHORT,
        "content_encoding": SHORT,
        "application_headers": st.dictionaries(
            SHORT, SHORT | st.integers(-(2**62), 2**62) | st.booleans(), max_size=3
        ),
        "delivery_mode": st.sampled_from([1, 2]),
        "correlation_id": SHORT,
        "reply_to": SHORT,
        "message_id": SHORT,
        "timestamp": st.integers(0, 2**40),
        "type": SHORT,
        "app_id": SHORT,
    },
)
CHANNEL, NUMBER = st.sampled_from(CHANNELS), st.integers(1, 2**63)
SAID = st.one_of(
    st.builds(delivery, CHANNEL, NUMBER, SHORT, st.binary(max_size=150), PROPERTIES),
    st.builds(confirm, CHANNEL, NUMBER),
    st.just([frame(8, 0, b"")]),
)


class Pieces:
    """Stands for a socket that gives what came piece by piece, and then nothing."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = list(pieces)

    def gettimeout(self) -> float:
        return 0

    def recv(self, _: int) -> bytes:
        if not self._pieces:
            raise TimeoutError
        return self._pieces.pop(0)


class Connection:
    """A connection of the library's as far as reading goes."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.heard: list[Any] = []
        self.bytes_recv = 0
        self.channels = {number: self._channel(number) for number in CHANNELS}
        self.transport = amqp.transport.TCPTransport("nowhere:1")
        self.transport.sock = Pieces(pieces)
        self.transport._quick_recv = self.transport.sock.recv
        self.on_inbound_frame = frame_handler(self, self._on_method)

    def _channel(self, number: int) -> amqp.Channel:
        channel = amqp.Channel.__new__(amqp.Channel)
        channel.channel_id, channel.is_closing, channel.auto_decode = number, False, False
        channel._pending = {}
        channel.callbacks = {"tag": lambda message: self._take(number, message)}
        channel._callbacks = {
            spec.Basic.Deliver: channel._on_basic_deliver,
            spec.Basic.Ack: lambda *said: self.heard.append((number, said)),
        }
        return channel

    def _on_method(self, number: int, *method: Any) -> None:
        self.channels[number].dispatch_method(*method)

    def _take(self, number: int, message: Any) -> None:
        assert message.channel is self.channels[number]
        # Without a body the library says "", and we b"".
        said = message.body or b""
        self.heard.append((number, message.delivery_info, message.properties, said))


def cut(data: bytes, at: list[int]) -> list[bytes]:
    places = sorted({place % len(data) for place in at} - {0})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


def by_the_library(data: bytes) -> Connection:
    connection = Connection([])
    connection.transport._read_buffer = data
    while connection.transport._read_buffer:
        connection.on_inbound_frame(connection.transport.read_frame())
    return connection


def by_us(pieces: list[bytes]) -> Connection:
    connection = Connection(pieces)
    incoming = Incoming(connection)
    while incoming.wait(0):
        incoming.hand_on()
    return connection


@given(said=st.lists(SAID, min_size=1, max_size=6), at=st.lists(st.integers(0, 10_000), max_size=8))
def test_it_is_handed_on_as_the_library_would(said: list[list[bytes]], at: list[int]) -> None:
    data = b"".join(piece for pieces in said for piece in pieces)
    ours, theirs = by_us(cut(data, at)), by_the_library(data)
    assert ours.heard == theirs.heard
    assert ours.transport._read_buffer == b""
    assert bool(ours.bytes_recv) == bool(theirs.bytes_recv)


@pytest.mark.parametrize(
    "order",
    [
        "one two two two one confirm one",
        "two one two two one one",
        "one two one one two two",
        "one one two two two one",
    ],
)
@pytest.mark.parametrize("body", [b"body", b""])
def test_frames_of_another_channel_may_come_between(order: str, body: bytes) -> None:
    left = {
        "one": delivery(1, 1, "key", body, {"type": "one"}),
        "two": delivery(2, 2, "key", body, {"type": "two"}),
        "confirm": confirm(2, 7),
    }
    data = b"".join(left[name].pop(0) for name in order.split() if left[name])
    assert by_us([data]).heard == by_the_library(data).heard
    assert len(by_us([data]).heard) == 2 + ("confirm" in order)


NO_TEXT = b"\xff\xfe"


@pytest.mark.parametrize("body", [b"body", b"b" * 3 * FRAME_MAX], ids=["short", "long"])
@pytest.mark.parametrize("name", ["content_type", "correlation_id", "message_id", "type"])
def test_properties_that_cannot_be_read_are_none(name: str, body: bytes) -> None:
    frames = [*delivery(1, 1, "key", body, {name: "no"}), *delivery(1, 2, "key", b"next", {})]
    header = frames[1].replace(b"\x02no", b"\x02" + NO_TEXT)
    ours = by_us([b"".join([frames[0], header, *frames[2:]])])
    assert [(told["delivery_tag"], had, said) for _, told, had, said in ours.heard] == [
        (1, {}, body),
        (2, {}, b"next"),
    ]


def test_a_name_that_cannot_be_read_is_another_one() -> None:
    named, *content = delivery(1, 1, "no", b"body", {})
    ours = by_us([b"".join([named.replace(b"\x02no", b"\x02" + NO_TEXT), *content])])
    assert [told["routing_key"] for _, told, _, _ in ours.heard] == ["\ufffd\ufffd"]


@pytest.mark.parametrize("frames", [(0, 2), (0, 1, 1)], ids=["no header", "two headers"])
def test_a_delivery_out_of_order_is_no_amqp(frames: tuple[int, ...]) -> None:
    said = delivery(1, 1, "key", b"body", {})
    with pytest.raises(amqp.UnexpectedFrame):
        by_us([b"".join(said[number] for number in frames)])


def test_what_comes_before_a_failure_is_handed_on_and_the_failure_is_told() -> None:
    connection = Connection([b"".join([*confirm(1, 1), b"\x01\x00\x01\x00\x00\x00\x00\x00"])])
    incoming = Incoming(connection)
    incoming.wait(0)
    with pytest.raises(amqp.UnexpectedFrame):
        incoming.hand_on()
    assert len(connection.heard) == 1


def test_the_end_of_the_connection_is_told() -> None:
    with pytest.raises(OSError, match="closed"):
        Incoming(Connection([b""])).wait(0)


def test_a_channel_that_closes_takes_no_more() -> None:
    connection = Connection(delivery(1, 1, "key", b"body", {}))
    connection.channels[1].is_closing = True
    incoming = Incoming(connection)
    while incoming.wait(0):
        incoming.hand_on()
    assert connection.heard == []
