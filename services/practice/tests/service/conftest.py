import amqp
import pytest

from chassis.amqp import queues
from chassis.amqp.connection import connect
from chassis.service.run import serving
from chassis.testing import made
from contracts.auth.events import USER_DELETED
from contracts.events import Envelope
from contracts.practice.events import (
    DATA_ERASED,
    SESSION_CHANGED,
    SESSION_DELETED,
    SESSION_LOGGED,
    SESSIONS_CLEARED,
)
from practice.service import PracticeService
from practice.settings import Settings


@pytest.fixture(scope="module")
def service(migrated, broker):
    settings = Settings(
        database_url=migrated.app_url("practice"),
        broker_url=broker.url("practice"),
        check_contracts=True,
        retry_seconds=(0.1, 0.1, 0.1),
    )
    leave_queues_of_an_earlier_release(settings.broker_url)
    with serving(PracticeService, settings) as container:
        yield container


def leave_queues_of_an_earlier_release(url: str) -> None:
    """Declare what practice followed of its own, with an event in it."""
    connection = connect(url, "earlier release")
    channel = connection.channel()
    queues.declare_retries(channel, "practice", (0.1, 0.1, 0.1))
    for kind in (SESSION_LOGGED, SESSION_CHANGED, SESSION_DELETED, SESSIONS_CLEARED, DATA_ERASED):
        queue = queues.declare_handler(channel, kind, "practice", "totals_moved")
        channel.basic_publish(amqp.Message("left over"), "", queue)
    connection.close()


@pytest.fixture
def gateway(db, gateway):
    """The gateway, before a service that knows nobody yet."""
    return gateway


@pytest.fixture
def deleted_by_auth(wire):
    """Let auth say that an account is gone, and return what practice says when it has erased."""

    def deleted_by_auth(key: int) -> Envelope:
        wire.say(made(USER_DELETED, key))
        return wire.hear(DATA_ERASED)

    return deleted_by_auth
