"""A migrated database, and people who use the service in it."""

import eventlet

eventlet.monkey_patch()

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import orjson
import pytest
from chassis.process import clock
from chassis.data.connections import Lent
from chassis.data.database import Database
from chassis.data.migrations import upgrade
from chassis.data.statements import by_value
from chassis.testing import locked_out
from contracts.auth import events as auth
from contracts.events import EVENTS, Event
from contracts.khatma import methods
from contracts.rpc import Actor, RpcMethod
from khatma.service import KhatmaService
from khatma.usecases import search as searching

pytest_plugins = ["chassis.testing", "chassis.testing_broker"]

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
IDS = count(1)


@pytest.fixture(scope="session")
def migrated(postgres):
    upgrade("khatma", postgres.owner_url("khatma"))
    return postgres


@pytest.fixture(scope="session")
def connection(migrated):
    """A superuser's connection in khatma's schema, to look behind the service's back."""
    connection = migrated.connect()
    connection.cursor().execute("set search_path = khatma")
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def db(migrated):
    database = Database.connect(migrated.app_url("khatma"), pool_size=10, name="khatma tests")
    yield database
    database.close()


@pytest.fixture
def service(db):
    service = KhatmaService()
    service.db = db
    return service


@pytest.fixture
def world(service, ask, hear, monkeypatch):
    return World(service, ask, hear, monkeypatch)


@pytest.fixture
def messages(monkeypatch) -> Callable[[Callable[[], Any]], int]:
    """Count what is sent to PostgreSQL: `messages(lambda: layla.create())`."""

    def messages(act: Callable[[], Any]) -> int:
        sent = []
        send = Lent.send

        def noted(lent, sayings, **words):
            sent.append(len(sayings))
            return send(lent, sayings, **words)

        with monkeypatch.context() as patched:
            patched.setattr(Lent, "send", noted)
            act()
        return len(sent)

    return messages


class World:
    """The service on a real database, at a time that the test sets."""

    def __init__(self, service: KhatmaService, ask: Any, hear: Any, monkeypatch: Any) -> None:
        self.service = service
        self.ask = ask
        self.hear = hear
        self.time = NOON
        monkeypatch.setattr(clock, "now", lambda: self.time)

    @property
    def db(self) -> Database:
        return self.service.db

    def person(self, **known: Any) -> "Reader":
        """Return a person whom the service has never met."""
        number = next(IDS)
        return Reader(
            self, Actor(**{"id": number, "session": "s", "username": f"u{number}", **known})
        )

    def people(self, number: int) -> list["Reader"]:
        return [self.person() for _ in range(number)]

    def sleep(self, **span: float) -> None:
        """Let time pass."""
        self.time += timedelta(**span)

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        return [row._asdict() for row in self.db.reader.ask(by_value(sql), **values)]

    def blocked(self) -> int:
        """Return how many wait for a lock."""
        return locked_out(self.db)

    def row(self, sql: str, **values: Any) -> dict[str, Any]:
        return self.rows(sql, **values)[0]

    def told(self, *subjects: str) -> list["Told"]:
        """Return what was announced about `subjects`, checked against the contract, in order."""
        found = self.rows(
            "select type, subject, sequence, actor, data from outbox "
            "where subject = any(:subjects) order by id",
            subjects=list(subjects),
        )
        for row in found:
            EVENTS[row["type"]].data.model_validate_json(row["data"])
        return [
            Told(row["type"].split(".")[1], orjson.loads(row["data"]), row["actor"])
            for row in found
        ]

    def counters(self, khatma: int) -> dict[str, Any]:
        return self.row(
            "select open_parts, done_parts, member_count, completed_at is not null as completed "
            "from khatma where id = :id",
            id=khatma,
        )


@dataclass
class Told:
    """An event as a follower reads it."""

    name: str
    data: dict[str, Any]
    actor: int | None


@dataclass
class Reader:
    """A person, who asks through the service's own methods; answers are checked by contract."""

    world: World
    actor: Actor
    key: str | None = field(default=None)

    @property
    def id(self) -> int:
        return self.actor.id

    def ask(self, method: RpcMethod[Any], **body: Any) -> Any:
        asked = method.request.model_validate(body)
        return self.world.ask(method, by=self.actor, key=self.key, body=asked)

    def create(self, **said: Any) -> Any:
        body = {"name": "ختمة", "khatma_type": "group", "target_days": 30, **said}
        return self.ask(methods.CREATE_KHATMA, **body)

    def search(self, q: str, **asked: Any) -> list[int]:
        """Return the ids of what is found, once every khatma's words are kept."""
        searching.read_khatmas(self.world.db)
        return [khatma["id"] for khatma in self.ask(methods.SEARCH, q=q, **asked)]

    def get(self, khatma: int) -> Any:
        return self.ask(methods.GET_KHATMA, id=khatma)

    def khatmas(self, which: str = "my_khatmas", after: int | None = None, **asked: Any) -> Any:
        return self.ask(methods.LIST_KHATMAS, filter=which, after=after, **asked)

    def completed(self, after: int | None = None) -> Any:
        return self.ask(methods.LIST_COMPLETED, after=after)

    def homepage(self) -> Any:
        """Ask as one who is not logged in."""
        return self.world.ask(methods.HOMEPAGE)

    def ids(self, which: str) -> set[int]:
        return {khatma["id"] for khatma in self.khatmas(which)}

    def change(self, khatma: int, **change: Any) -> Any:
        """Change it, and return it as it is shown then, which holds all that is answered."""
        answered = self.ask(methods.CHANGE_KHATMA, id=khatma, change=change)
        shown = self.get(khatma)
        assert answered.items() <= shown.items()
        return shown

    def delete(self, khatma: int) -> Any:
        return self.ask(methods.DELETE_KHATMA, id=khatma)

    def members(self, khatma: int) -> Any:
        return self.ask(methods.MEMBERS, id=khatma)

    def join(self, khatma: int) -> int:
        return self.ask(methods.JOIN, id=khatma)["chapter_assigned"]

    def leave(self, khatma: int) -> Any:
        return self.ask(methods.LEAVE, id=khatma)

    def invite(self, khatma: int, member: int | None) -> Any:
        return self.ask(methods.INVITE, id=khatma, member=member)

    def log(
        self, khatma: int, number: int, *, done: bool = True, day: date | None = None, **said: Any
    ) -> Any:
        report = {"chapter_assigned": number, "is_completed": done, **said}
        if day is not None:
            report["reading_date"] = day.isoformat()
        return self.ask(methods.LOG_READING, id=khatma, report=report)

    def choose(self, khatma: int, number: int, **said: Any) -> Any:
        return self.log(khatma, number, done=False, **said)

    def parts(self, khatma: int, **asked: Any) -> Any:
        return self.ask(methods.PAGE_PARTS, id=khatma, **asked)

    def page(self, which: str = "my_khatmas", **asked: Any) -> Any:
        return self.ask(methods.PAGE_KHATMAS, filter=which, **asked)

    def finish(self, khatma: int, *numbers: int) -> None:
        for number in numbers:
            self.log(khatma, number)

    def intentions(self, khatma: int) -> list[str]:
        [own] = self.ask(methods.INTENTIONS, id=khatma)
        return own["intention"]

    def intend(self, khatma: int, *texts: str) -> list[str]:
        [own] = self.ask(methods.SET_INTENTIONS, id=khatma, intention=list(texts))
        return own["intention"]

    def readings(self, **asked: Any) -> Any:
        return self.ask(methods.LIST_READINGS, **asked)

    def stats(self) -> Any:
        return self.ask(methods.USER_STATS)

    def stats_of(self, other: "Reader") -> Any:
        return self.ask(methods.STATS_OF, id=other.id)

    def achievements_of(self, other: "Reader") -> Any:
        return self.ask(methods.ACHIEVEMENTS_OF, id=other.id)

    def shows_to(self, visibility: str) -> None:
        """Say in the profile who sees one's figures; auth announces it."""
        version = self.actor.version + 1
        self.actor = self.actor.model_copy(update={"visibility": visibility, "version": version})
        said = {"username": self.actor.username, "fullname": self.actor.fullname}
        self.world.hear(auth.USER_UPDATED, self.id, **said, version=version, visibility=visibility)

    def khatma_stats(self, khatma: int) -> Any:
        return self.ask(methods.KHATMA_STATS, id=khatma)

    def achievements(self) -> list[str]:
        return [one["achievement"] for one in self.ask(methods.ACHIEVEMENTS)]

    def dashboard(self) -> Any:
        return self.ask(methods.DASHBOARD)

    def vanish(self) -> Event[Any]:
        """Delete their account."""
        return self.world.hear(auth.USER_DELETED, self.id)
