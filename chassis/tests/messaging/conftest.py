"""A probe service under khatma's name and rights, its tables, and a caller with the gateway's."""

import eventlet

eventlet.monkey_patch()

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import probe
import pytest
from amqp.exceptions import NotFound
from caller import Caller, Queue
from noted import JSON, NOTED
from chassis.events import parked as parking
from chassis.amqp import queues
from chassis.data import tables
from chassis.amqp.connection import connect
from chassis.data.database import Database
from chassis.service.run import serving
from chassis.process.settings import ServiceSettings
from sqlalchemy import text


def make_tables(postgres) -> None:
    owner = Database.connect(postgres.owner_url("khatma"), pool_size=1)
    if not owner.reader.ask(text("select to_regclass('outbox')"))[0][0]:
        with owner.transaction() as tx:
            for statement in (*tables.VERSION_1, *tables.VERSION_2):
                tx.tell(text(statement))
            tx.tell(text("create table seen (note int)"))
    owner.close()


@pytest.fixture(scope="session")
def khatma_tables(postgres) -> None:
    make_tables(postgres)


@pytest.fixture
def settings(postgres, broker, khatma_tables) -> ServiceSettings:
    return ServiceSettings(
        database_url=postgres.app_url("khatma"),
        broker_url=broker.url("khatma"),
        max_workers=6,
        check_contracts=True,
        retry_seconds=(0.1, 0.2, 0.3),
    )


@pytest.fixture
def db(settings) -> Iterator[Database]:
    db = Database.connect(settings.database_url, pool_size=4)
    with db.transaction() as tx:
        for table in ("seen", "outbox", "published", "inbox", "command", "subject"):
            tx.tell(text(f"delete from {table}"))
    yield db
    db.close()


def empty_queues(url: str, settings: ServiceSettings) -> None:
    """Take away what an earlier test left to be handled."""
    waiting = [
        queues.wait_queue("khatma", attempt, seconds)
        for attempt, seconds in enumerate(settings.retry_seconds, start=1)
    ]
    connection = connect(url, "test")
    for name in ("rpc-khatma", *probe.HANDLER_QUEUES, *waiting):
        with suppress(NotFound):
            connection.channel().queue_purge(name)
    connection.close()


@pytest.fixture
def behaviour(db, broker, settings) -> Iterator[probe.Behaviour]:
    empty_queues(broker.admin_url, settings)
    probe.behaviour.reset()
    yield probe.behaviour
    probe.behaviour.reset()


@pytest.fixture
def queue(broker) -> Iterator[Callable[[str], Queue]]:
    with ExitStack() as stack:

        def open_queue(name: str) -> Queue:
            queue = Queue(broker.admin_url, name)
            stack.callback(queue.close)
            return queue

        yield open_queue


@pytest.fixture
def parked(queue) -> Queue:
    parked = queue("parked.khatma")
    parked.purge()
    return parked


@pytest.fixture
def exchange(queue):
    """Publish to khatma's events."""
    opened = queue(NOTED)

    def publish(event, key="khatma.noted.v1", **properties):
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        opened.put(body, exchange="khatma.events", key=key, **{**JSON, **properties})

    return publish


@pytest.fixture
def command(broker, monkeypatch, capsys):
    monkeypatch.setenv("SAKINA_BROKER_URL", broker.url("khatma"))

    def run(*arguments):
        code = parking.main(list(arguments))
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def service(settings, behaviour):
    with serving(probe.Probe, settings) as container:
        yield container


@pytest.fixture
def caller(broker) -> Iterator[Caller]:
    caller = Caller(broker.url("gateway"))
    yield caller
    caller.close()
