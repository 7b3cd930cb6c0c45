"""Reading without waiting: what has come is taken in, and nothing is waited for in vain."""

import eventlet
import pytest

from chassis.amqp import frames
from chassis.amqp.connection import BrokerConnection


@pytest.fixture
def connection(broker):
    connection = BrokerConnection.connect(broker.url("khatma"), "khatma test")
    yield connection
    connection.close()


def test_half_a_frame_holds_nobody_up(connection):
    """A broker that stops in the middle of one leaves the others of the process their turns."""
    transport = connection._connection.transport
    # A basic.ack for the first channel, which asks for none: it changes nothing.
    whole = frames.ack(1, 7)
    turns = []
    eventlet.spawn(lambda: [turns.append(eventlet.sleep()) for _ in range(100)])
    came = connection._connection.bytes_recv
    transport._read_buffer += whole + whole[:-5]
    for _ in range(3):
        connection.take_in(0.05)
    assert len(turns) == 100
    assert connection._connection.bytes_recv == came + 1
    transport._read_buffer += whole[-5:]
    connection.take_in(0)
    assert connection._connection.bytes_recv == came + 2
