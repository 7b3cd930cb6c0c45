"""The frames of replies, events and acknowledgements are those that the library would send."""

from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import amqp
import pytest
from amqp.method_framing import frame_writer
from hypothesis import given
from hypothesis import strategies as st

from chassis.amqp import frames
from chassis.amqp.confirms import persistent

OVERHEAD = 8
SHORT = st.text(max_size=60)


class Sent:
    """Stands for a transport; keeps what was written."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += bytes(data)

    @contextmanager
    def having_timeout(self, _: Any) -> Any:
        yield


def channel_of(number: int, frame_max: int) -> amqp.Channel:
    connection = SimpleNamespace(
        transport=Sent(), frame_max=frame_max, bytes_sent=0, client_properties={}
    )
    connection.frame_writer = frame_writer(connection, connection.transport)
    channel = amqp.Channel.__new__(amqp.Channel)
    channel.connection, channel.channel_id, channel.is_open = connection, number, True
    return channel


@given(
    number=st.integers(1, 2047),
    queue=SHORT,
    length=st.integers(0, 20_000),
    correlation_id=st.none() | SHORT,
    frame_max=st.sampled_from([4096, 10_000, 131_072]),
)
def test_a_reply_is_framed_as_the_library_frames_it(
    number: int, queue: str, length: int, correlation_id: str | None, frame_max: int
) -> None:
    body = b"x" * length
    ours, theirs = channel_of(number, frame_max), channel_of(number, frame_max)
    frames.put(ours, queue, body, correlation_id)
    message = amqp.Message(body, content_type="application/json", content_encoding="utf-8")
    if correlation_id is not None:
        message.properties["correlation_id"] = correlation_id
    theirs._basic_publish(message, "", queue)
    assert ours.connection.transport.data == theirs.connection.transport.data


@given(
    number=st.integers(1, 2047),
    exchange=SHORT,
    key=SHORT,
    length=st.integers(0, 20_000),
    message_id=SHORT,
    frame_max=st.sampled_from([4096, 10_000, 131_072]),
)
def test_an_event_is_framed_as_the_library_frames_it(
    number: int, exchange: str, key: str, length: int, message_id: str, frame_max: int
) -> None:
    body = b"x" * length
    ours, theirs = channel_of(number, frame_max), channel_of(number, frame_max)
    frames.publish(ours, exchange, key, body, message_id)
    theirs._basic_publish(persistent(body, {}, message_id=message_id), exchange, key)
    assert ours.connection.transport.data == theirs.connection.transport.data


@pytest.mark.parametrize("length", [4096 - OVERHEAD, 4096 - OVERHEAD + 1, 2 * (4096 - OVERHEAD)])
def test_no_frame_is_longer_than_the_broker_takes(length: int) -> None:
    channel = channel_of(1, 4096)
    frames.put(channel, "q", b"x" * length, None)
    data, longest = channel.connection.transport.data, 0
    while data:
        size = int.from_bytes(data[3:7]) + OVERHEAD
        longest, data = max(longest, size), data[size:]
    assert longest <= 4096


@given(number=st.integers(1, 2047), tag=st.integers(1, 2**63))
def test_an_acknowledgement_is_framed_as_the_library_frames_it(number: int, tag: int) -> None:
    ours, theirs = channel_of(number, 4096), channel_of(number, 4096)
    frames.settle(ours, tag)
    theirs.basic_ack(tag)
    assert ours.connection.transport.data == theirs.connection.transport.data


def test_what_is_sent_counts_against_the_heartbeat() -> None:
    channel = channel_of(1, 4096)
    frames.settle(channel, 1)
    frames.put(channel, "q", b"{}", "1")
    assert channel.connection.bytes_sent == 2


def test_a_lost_connection_is_told() -> None:
    channel = channel_of(1, 4096)
    channel.connection = None
    with pytest.raises(amqp.RecoverableConnectionError):
        frames.settle(channel, 1)
    with pytest.raises(amqp.RecoverableConnectionError):
        frames.put(channel, "q", b"{}", "1")
    with pytest.raises(amqp.RecoverableConnectionError):
        frames.publish(channel, "e", "k", b"{}", "1")
