"""What notify's tests stand on: a migrated database, and events and calls as they arrive."""

import eventlet

eventlet.monkey_patch()

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from delivering import URL, Record, Sender
from sqlalchemy import text
from uuid_utils.compat import uuid7

from chassis.amqp.stream import Delivered
from chassis.data.database import Database, Transaction
from chassis.data.migrations import upgrade
from chassis.process import clock
from chassis.testing import envelope, made
from contracts.auth import events as auth
from contracts.events import Event, EventType
from contracts.notify import methods, webhooks
from notify.outgoing.posting import Poster
from notify.service import NotifyService
from notify.usecases import recording

pytest_plugins = ["chassis.testing", "chassis.testing_broker"]

_ids = itertools.count(1000)
_START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)

Happened = Callable[..., Event[Any]]


@pytest.fixture(scope="session")
def migrated(postgres: Any) -> Any:
    """The database with notify's schema."""
    upgrade("notify", postgres.owner_url("notify"))
    return postgres


@pytest.fixture(scope="session")
def connection(migrated: Any) -> Iterator[Any]:
    """A superuser's connection in notify's schema, to look behind the service's back."""
    connection = migrated.connect()
    connection.cursor().execute("set search_path = notify")
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def db(migrated: Any) -> Iterator[Database]:
    """The database as the service's own role reaches it."""
    database = Database.connect(migrated.app_url("notify"), pool_size=8)
    yield database
    database.close()


@pytest.fixture
def service(db: Database) -> NotifyService:
    """Notify without a broker."""
    service = NotifyService()
    service.db = db
    service.poster = Poster(loopback=True)
    return service


@pytest.fixture
def new_id() -> Callable[[], int]:
    """An id that no other test uses, for a person or a khatma."""
    return lambda: next(_ids)


@pytest.fixture
def happened() -> Happened:
    """Make an event of `kind` about `key`; each happens a second after the one before."""
    seconds = itertools.count()

    def make(kind: EventType, key: int | str, actor: int | None = None, **data: Any) -> Event[Any]:
        time = _START + timedelta(seconds=next(seconds))
        return made(kind, key, actor=actor, id=UUID(str(uuid7())), time=time, **data)

    return make


@pytest.fixture
def notices_of(ask: Callable[..., Any]) -> Callable[..., list[dict[str, Any]]]:
    """What a person reads, newest first; of one kind, if it is named."""

    def read(person: int, kind: str = "") -> list[dict[str, Any]]:
        results = ask(methods.LIST, by=person, page_size=100)["results"]
        return [each for each in results if kind in ("", each["notification_type"])]

    return read


@pytest.fixture
def announced(db: Database) -> Callable[..., list[tuple[str, int | None]]]:
    """What notify announced about a person, and who caused it."""

    def read(person: int) -> list[tuple[str, int | None]]:
        rows = db.reader.ask(
            text("select type, actor from outbox where subject = :subject order by sequence"),
            subject=f"person/{person}",
        )
        return [(row.type.removeprefix("notify."), row.actor) for row in rows]

    return read


@pytest.fixture
def registered(happened: Happened) -> Happened:
    """The event of a registration, with a name, a full name and a version."""

    def make(person: int, username: str, fullname: str = "", version: int = 1) -> Event[Any]:
        return happened(
            auth.USER_REGISTERED, person, username=username, fullname=fullname, version=version
        )

    return make


def _delivered(offset: int, said: Event[Any] | bytes) -> Delivered:
    if isinstance(said, bytes):
        return Delivered(offset, str(offset), said, "khatma.events", "khatma.updated.v1")
    body = envelope(said).model_dump_json().encode()
    return Delivered(offset, str(offset), body, said.type.exchange, said.type.wire_name)


class Recorder:
    """The recorder without a broker: it takes what it is told as the next of its stream."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def take(self, *batch: Event[Any] | bytes) -> dict[str, Any]:
        """Record events, or what is none, in one batch; return what gateways are told."""
        told: dict[str, Any] = self._db.transact(lambda tx: self.record(tx, *batch))
        return told

    def record(self, tx: Transaction, *batch: Event[Any] | bytes) -> dict[str, Any]:
        """The same, in a transaction that is still to be committed."""
        mark = recording.find(self._db.reader)
        first = 0 if mark is None else mark.offset + 1
        delivered = [_delivered(offset, each) for offset, each in enumerate(batch, start=first)]
        told: dict[str, Any] = orjson.loads(recording.record(tx, mark, delivered))
        methods.ACTIVITY_RECORDED.result.validate_python(told)
        return told


@pytest.fixture
def recorder(db: Database) -> Recorder:
    """Record events: `recorder.take(event, event)`."""
    return Recorder(db)


@pytest.fixture
def webhook(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Make a webhook of a person that leads to an address."""

    def make(person: int, url: str = URL, **said: Any) -> Any:
        return ask(webhooks.CREATE_WEBHOOK, by=person, url=url, **said)

    return make


@pytest.fixture
def deliveries(ask: Callable[..., Any]) -> Callable[..., list[dict[str, Any]]]:
    """Return the deliveries of a webhook, the oldest first."""

    def read(person: int, webhook: Any) -> list[dict[str, Any]]:
        page = ask(webhooks.PAGE_DELIVERIES, by=person, id=webhook["id"], limit=100)
        return list(reversed(page["results"]))

    return read


@pytest.fixture
def sender(db: Database, connection: Any) -> Sender:
    """An instance that delivers, where nothing of other tests waits."""
    with connection.cursor() as cursor:
        cursor.execute("truncate delivery, delivery_line, delivery_queue, webhook, deliverer")
    return Sender(db)


@pytest.fixture
def record(recorder: Recorder, happened: Happened) -> Record:
    """The record of activity."""
    return Record(recorder, happened)


@pytest.fixture
def later(
    monkeypatch: pytest.MonkeyPatch, connection: Any
) -> Iterator[Callable[[timedelta], None]]:
    """Let the clock be so much later; to other tests, nothing was recorded in their future."""
    offset = [timedelta(0)]
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + offset[0])

    def go(time: timedelta) -> None:
        offset[0] += time

    yield go
    with connection.cursor() as cursor:
        cursor.execute("update activity set recorded_at = now() where recorded_at > now()")
