"""Confirms belong to the messages that they are for."""

from time import monotonic

import eventlet
import pytest

from chassis.amqp.confirms import NotConfirmed, Ticket, persistent
from chassis.amqp.connection import BrokerConnection


@pytest.fixture
def connection(broker, service):
    connection = BrokerConnection.connect(broker.url("khatma"), "khatma test")
    reader = eventlet.spawn(connection.read)
    reader.link(lambda ended: None)
    yield connection
    reader.kill()
    connection.close()


def test_a_message_that_cannot_be_written_takes_no_number(connection):
    """Else the confirms of all later messages would be taken for those of their neighbours."""
    with pytest.raises(Exception, match="not handled by amqp"):
        connection.confirms.publish(
            persistent(b"{}", {"x": object()}), "khatma.events", "khatma.noted.v1"
        )
    for number in range(3):
        connection.confirms.publish_event(
            b"{}", "khatma.events", "khatma.none.v1", str(number)
        ).wait(3)
    # Whatever is announced reaches the stream of all events: what no queue takes is sent elsewhere.
    lost = connection.confirms.publish(persistent(b"{}", {}), "sakina.dlx", "nobody")
    with pytest.raises(NotConfirmed, match="no queue takes"):
        lost.wait(3)


def test_a_confirm_that_comes_as_the_wait_ends_is_a_confirm():
    ticket = Ticket()
    waiter = eventlet.spawn(ticket.wait, 0.01)
    eventlet.sleep(0)
    over = monotonic() + 0.02
    while monotonic() < over:
        pass  # Nobody else runs meanwhile: as on a machine that is busy.
    ticket.settle()
    waiter.wait()
