import eventlet

eventlet.monkey_patch()

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest

from chassis.process import clock
from chassis.data.database import Database
from chassis.work.encoding import encode
from chassis.data.migrations import upgrade
from contracts.auth import events as auth_events
from contracts.events import EVENTS, Envelope
from contracts.practice import methods
from contracts.rpc import Actor, Command
from practice.usecases import board, figures, people, sessions


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
            "truncate person, session, cleared, total, type_total, command, outbox, subject, inbox"
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


@dataclass
class Meditator:
    """Somebody who uses practice, by its use cases."""

    db: Database
    actor: Actor

    @property
    def id(self) -> int:
        return self.actor.id

    def log(self, duration=10, *, command=None, meditation_type="mindfulness", **body):
        asked = methods.LogSession(meditation_type=meditation_type, duration=duration, **body)
        return self._answer(sessions.log_session, methods.LOG_SESSION, asked, command)

    def sessions(self, **body):
        return self._answer(
            sessions.list_sessions, methods.LIST_SESSIONS, methods.ListSessions(**body)
        )

    def session(self, session):
        return self._answer(
            sessions.get_session, methods.GET_SESSION, methods.OneSession(id=session)
        )

    def change(self, session, *, command=None, precondition=None, **change):
        asked = methods.ChangeSession(
            id=session, change=methods.SessionChange(**change), precondition=precondition
        )
        return self._answer(sessions.change_session, methods.CHANGE_SESSION, asked, command)

    def delete(self, session, *, command=None, **only_if):
        asked = methods.DeleteSession(id=session, **only_if)
        return self._answer(sessions.delete_session, methods.DELETE_SESSION, asked, command)

    def clear(self, *, command=None):
        return self._answer(
            sessions.clear_sessions, methods.CLEAR_SESSIONS, methods.Nothing(), command
        )

    def leaderboard(self, **body):
        return self._answer(board.leaderboard, methods.LEADERBOARD, methods.AskLeaderboard(**body))

    def stats(self):
        return self._answer(figures.stats, methods.STATS, methods.Nothing())

    def week(self):
        return self._answer(figures.week, methods.WEEK, methods.Nothing())

    def _answer(self, usecase, method, body, command=None):
        call = method.call(actor=self.actor, body=body, command=command and Command(id=command))
        answer = usecase(self.db, call)
        answer = orjson.loads(bytes(encode(answer)))
        method.result.validate_python(answer, strict=False)
        return answer


@pytest.fixture
def person(db):
    """Make somebody: `person(1, timezone="Asia/Amman")`."""

    def person(key: int, **known: Any) -> Meditator:
        known = {"username": f"reader-{key}", **known}
        return Meditator(db, Actor(id=key, session="s", **known))

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
def event():
    """Make an event as it arrives: `event(USER_DELETED, 7)`."""

    def event(kind, key, *, actor=None, **data) -> Envelope:
        return Envelope(
            id=uuid4(),
            source=f"/sakina/{kind.source}",
            type=kind.wire_name,
            subject=f"{kind.subject}/{key}",
            time=datetime(2026, 3, 1, tzinfo=UTC),
            dataschema=kind.schema_path,
            sequence=1,
            actor=actor,
            data=kind.data.model_validate({**kind.example, **data}).model_dump(mode="json"),
        )

    return event


@pytest.fixture
def deleted(db, event):
    """Let auth announce that somebody's account is gone: `deleted(7)`."""

    def deleted(key: int) -> None:
        people.erase(db, event(auth_events.USER_DELETED, key))

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
