import eventlet

eventlet.monkey_patch()

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from chassis.process import clock
from chassis.data.database import Database
from chassis.data.migrations import upgrade
from contracts.auth import events as auth_events
from contracts.events import EVENTS
from contracts.practice import methods
from contracts.rpc import Actor
from practice.service import PracticeService

pytest_plugins = ["chassis.testing", "chassis.testing_broker"]


@pytest.fixture(scope="session")
def migrated(postgres):
    """The database of this test run, with practice's tables."""
    upgrade("practice", postgres.owner_url("practice"))
    return postgres


@pytest.fixture(scope="session")
def connection(migrated):
    """A superuser's connection in practice's schema, to look behind the service's back."""
    connection = migrated.connect()
    connection.cursor().execute("set search_path = practice")
    yield connection
    connection.close()


@pytest.fixture
def query(connection):
    def query(statement: str, *values: Any) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    return query


@pytest.fixture
def forget(query):
    """Empty every table."""

    def forget() -> None:
        query(
            "truncate person, session, cleared, total, type_total, standing, standing_move,"
            " command, outbox, subject, inbox"
        )
        query("update leader set person = null")

    return forget


@pytest.fixture
def db(migrated, forget) -> Iterator[Database]:
    """Practice's own database, empty."""
    forget()
    database = Database.connect(migrated.app_url("practice"), pool_size=20)
    yield database
    database.close()


@pytest.fixture
def service(db) -> PracticeService:
    service = PracticeService()
    service.db = db
    return service


@dataclass
class Meditator:
    """Somebody who uses practice."""

    ask: Callable[..., Any]
    actor: Actor

    @property
    def id(self) -> int:
        return self.actor.id

    def log(self, duration=10, *, command=None, meditation_type="mindfulness", **body):
        said = {"meditation_type": meditation_type, "duration": duration, **body}
        return self.ask(methods.LOG_SESSION, by=self.actor, key=command, **said)

    def sessions(self, **body):
        return self.ask(methods.LIST_SESSIONS, by=self.actor, **body)

    def session(self, session):
        return self.ask(methods.GET_SESSION, by=self.actor, id=session)

    def change(self, session, *, command=None, precondition=None, **change):
        said = {"change": methods.SessionChange(**change), "precondition": precondition}
        return self.ask(methods.CHANGE_SESSION, by=self.actor, key=command, id=session, **said)

    def delete(self, session, *, command=None, **only_if):
        return self.ask(methods.DELETE_SESSION, by=self.actor, key=command, id=session, **only_if)

    def clear(self, *, command=None):
        return self.ask(methods.CLEAR_SESSIONS, by=self.actor, key=command)

    def leaderboard(self, **body):
        return self.ask(methods.LEADERBOARD, by=self.actor, **body)

    def stats(self):
        return self.ask(methods.STATS, by=self.actor)

    def week(self):
        return self.ask(methods.WEEK, by=self.actor)


@pytest.fixture
def person(ask):
    """Make somebody: `person(1, timezone="Asia/Amman")`."""

    def person(key: int, **known: Any) -> Meditator:
        known = {"username": f"reader-{key}", **known}
        return Meditator(ask, Actor(id=key, session="s", **known))

    return person


@pytest.fixture
def at(monkeypatch):
    """Set the service's clock: `at("2026-03-01T12:00:00+00:00")`."""

    def at(moment: str) -> None:
        instant = datetime.fromisoformat(moment).astimezone(UTC)
        monkeypatch.setattr(clock, "now", lambda: instant)

    return at


@pytest.fixture
def noon(at):
    """A Sunday, the last day of its ISO week and the first of its month."""
    at("2026-03-01T12:00:00+00:00")


@pytest.fixture
def announced(query):
    """What was announced so far: (event, subject, data), after a check against the contract."""

    def announced() -> list[tuple[str, str, dict]]:
        rows = query("select type, subject, data from outbox order by id")
        found = [(EVENTS[kind], subject, orjson.loads(data)) for kind, subject, data in rows]
        for kind, subject, data in found:
            kind.data.model_validate(data)
            assert subject.partition("/")[0] == kind.subject
        return [(kind.name, subject, data) for kind, subject, data in found]

    return announced


@pytest.fixture
def deleted(hear):
    """Let auth announce that somebody's account is gone: `deleted(7)`."""

    def deleted(key: int) -> None:
        hear(auth_events.USER_DELETED, key)

    return deleted


@pytest.fixture
def replayed(query):
    """Check that every total is what replaying all sessions gives."""

    def replayed() -> None:
        assert query(
            "select person, period, starts, minutes, sessions from total order by 1, 2, 3"
        ) == query(
            """
            with shown as (
                select session.* from session left join cleared using (person)
                where id > coalesce(up_to, 0)
            )
            select person, period, starts, sum(duration), count(*)
            from shown, lateral (values
                ('all', date '2000-01-01'), ('day', date),
                ('week', cast(date_trunc('week', date) as date)),
                ('month', cast(date_trunc('month', date) as date))
            ) as windows (period, starts)
            group by 1, 2, 3 order by 1, 2, 3
            """
        )
        assert query("select * from type_total order by 1, 2") == query(
            """
            select person, meditation_type, sum(duration), count(*)
            from session left join cleared using (person)
            where id > coalesce(up_to, 0)
            group by 1, 2 order by 1, 2
            """
        )

    return replayed
