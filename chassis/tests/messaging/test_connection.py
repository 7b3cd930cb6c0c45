"""Reading without waiting: what has come is taken in, and nothing is waited for in vain."""

import eventlet
import pytest

from chassis.amqp.connection import BrokerConnection


@pytest.fixture
def connection(broker):
    connection = BrokerConnection.connect(broker.url("khatma"), "khatma test")
    yield connection
    connection.close()


def test_half_a_frame_holds_nobody_up(connection):
    """A broker that stops in the middle of one leaves the others of the process their turns."""
    transport = connection._connection.transport
    heartbeat = b"\x08\x00\x00\x00\x00\x00\x00\xce"
    turns = []
    eventlet.spawn(lambda: [turns.append(eventlet.sleep()) for _ in range(100)])
    came = connection._connection.bytes_recv
    transport._read_buffer += heartbeat + heartbeat[:5]
    for _ in range(3):
        connection.take_in(0.05)
    assert len(turns) == 100
    assert connection._connection.bytes_recv == came + 1
    transport._read_buffer += heartbeat[5:]
    connection.take_in(0)
    assert connection._connection.bytes_recv == came + 2
