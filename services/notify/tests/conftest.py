"""What notify's tests stand on: a migrated database, and events and calls as they arrive."""

import eventlet

eventlet.monkey_patch()

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.event import listen, remove
from uuid_utils.compat import uuid7

from chassis.data.database import Database
from chassis.data.migrations import upgrade
from contracts.auth import events as auth
from contracts.events import Envelope, EventType
from contracts.notify import methods
from contracts.rpc import Actor, Call, Command, RpcMethod
from notify.usecases import reading

_ids = itertools.count(1000)
_START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)

Happened = Callable[..., Envelope]
Asks = Callable[..., Call[Any]]


@pytest.fixture(scope="session")
def migrated(postgres: Any) -> Any:
    """The database with notify's schema."""
    upgrade("notify", postgres.owner_url("notify"))
    return postgres


@pytest.fixture(scope="session")
def db(migrated: Any) -> Iterator[Database]:
    """The database as the service's own role reaches it."""
    database = Database.connect(migrated.app_url("notify"), pool_size=8)
    yield database
    database.close()


@pytest.fixture
def new_id() -> Callable[[], int]:
    """An id that no other test uses, for a person or a khatma."""
    return lambda: next(_ids)


@pytest.fixture
def happened() -> Happened:
    """Make an event of `kind` about `key`; each happens a second after the one before."""
    seconds = itertools.count()

    def make(kind: EventType, key: int | str, actor: int | None = None, **data: Any) -> Envelope:
        return Envelope(
            id=UUID(str(uuid7())),
            source=f"/sakina/{kind.source}",
            type=kind.wire_name,
            subject=f"{kind.subject}/{key}",
            time=_START + timedelta(seconds=next(seconds)),
            dataschema=kind.schema_path,
            sequence=1,
            actor=actor,
            data=kind.data.model_validate({**kind.example, **data}).model_dump(mode="json"),
        )

    return make


@pytest.fixture
def notices_of(db: Database, asks: Asks) -> Callable[..., list[dict[str, Any]]]:
    """What a person reads, newest first; of one kind, if it is named."""

    def read(person: int, kind: str = "") -> list[dict[str, Any]]:
        results = reading.page(db, asks(methods.LIST, person, page_size=100))["results"]
        return [each for each in results if kind in ("", each["notification_type"])]

    return read


@pytest.fixture
def announced(db: Database) -> Callable[..., list[tuple[str, int | None]]]:
    """What notify announced about a person, and who caused it."""

    def read(person: int) -> list[tuple[str, int | None]]:
        rows = db.read(
            text("select type, actor from outbox where subject = :subject order by sequence"),
            subject=f"person/{person}",
        )
        return [(row.type.removeprefix("notify."), row.actor) for row in rows]

    return read


@pytest.fixture
def registered(happened: Happened) -> Happened:
    """The event of a registration, with a name, a full name and a version."""

    def make(person: int, username: str, fullname: str = "", version: int = 1) -> Envelope:
        return happened(
            auth.USER_REGISTERED, person, username=username, fullname=fullname, version=version
        )

    return make


@pytest.fixture
def asks() -> Asks:
    """Make a call of `method` by a person, with the fields of its body."""

    def make(method: RpcMethod[Any], person: int, command: str = "", **body: Any) -> Call[Any]:
        return Call(
            actor=Actor(id=person, session="s", username=f"u{person}"),
            command=Command(id=command) if command else None,
            body=method.request.model_validate(body),
        )

    return make


@pytest.fixture
def statements(db: Database) -> Iterator[list[str]]:
    """The statements that the service sends within its transactions."""
    sent: list[str] = []

    def note(*event: Any) -> None:
        sent.append(event[2])

    listen(Engine, "before_cursor_execute", note)
    yield sent
    remove(Engine, "before_cursor_execute", note)
