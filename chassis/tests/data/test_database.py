"""Transactions keep or undo; a connection that died is not the caller's trouble."""

import eventlet
import pytest
from eventlet.event import Event
from sqlalchemy import text

from chassis.data.database import Database
from contracts.refusals import Unavailable


@pytest.fixture
def single(postgres) -> Database:
    """A database whose pool holds one connection, so that what is left on it shows."""
    db = Database.connect(postgres.owner_url("practice"), pool_size=1)
    with db.transaction() as tx:
        tx.execute(text("create table if not exists diary (note text); truncate diary"))
    yield db
    db.close()


def write(db: Database, note: str) -> None:
    with db.transaction() as tx:
        tx.execute(text("insert into diary values (:note)"), {"note": note})


def diary(db: Database) -> list[str]:
    return [row.note for row in db.read(text("select note from diary order by note"))]


def end_connections(postgres, db: Database) -> None:
    own = db.read(text("select pg_backend_pid()"))[0][0]
    with postgres.connect() as admin, admin.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(%s, 5000)", (own,))


def test_a_transaction_keeps_what_was_done(single: Database) -> None:
    write(single, "kept")
    assert diary(single) == ["kept"]


def test_an_exception_undoes_the_transaction(single: Database) -> None:
    with pytest.raises(ZeroDivisionError), single.transaction() as tx:
        tx.execute(text("insert into diary values ('lost')"))
        tx.execute(text("select 1"))
        raise ZeroDivisionError
    write(single, "kept")
    assert diary(single) == ["kept"]


@pytest.mark.parametrize("at", ["the server", "something else"])
def test_a_greenlet_killed_within_a_transaction_leaves_nothing(single: Database, at: str) -> None:
    reached = Event()

    def slow() -> None:
        with single.transaction() as tx:
            tx.execute(text("insert into diary values ('lost')"))
            reached.send()
            if at == "the server":
                tx.execute(text("select pg_sleep(4)"))
            else:
                eventlet.sleep(4)

    victim = eventlet.spawn(slow)
    reached.wait()
    victim.kill()
    write(single, "kept")
    assert diary(single) == ["kept"]


def test_a_read_survives_a_connection_that_died_in_the_pool(single: Database, postgres) -> None:
    end_connections(postgres, single)
    assert diary(single) == []


def test_a_transaction_survives_a_connection_that_died_in_the_pool(
    single: Database, postgres
) -> None:
    end_connections(postgres, single)
    write(single, "kept")
    assert diary(single) == ["kept"]


def test_a_connection_that_dies_within_a_transaction_is_unavailable_and_undone(
    single: Database,
) -> None:
    with pytest.raises(Unavailable) as refused, single.transaction() as tx:
        tx.execute(text("insert into diary values ('lost')"))
        tx.execute(text("select pg_terminate_backend(pg_backend_pid())"))
    assert refused.value.retry_after
    assert diary(single) == []


def test_a_database_that_is_away_is_unavailable() -> None:
    away = Database.connect("postgresql+psycopg2://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Unavailable):
        away.read(text("select 1"))
    with pytest.raises(Unavailable), away.transaction():
        pass


def test_the_relay_is_woken_after_the_commit_and_not_by_a_failure(single: Database) -> None:
    seen: list[list[str]] = []
    single.after_commit.append(lambda: seen.append(diary(single)))
    write(single, "kept")
    with pytest.raises(ZeroDivisionError), single.transaction():
        raise ZeroDivisionError
    assert seen == [["kept"]]


def test_a_greenlet_killed_within_a_read_leaves_nothing_on_its_connection(single: Database) -> None:
    victim = eventlet.spawn(single.read, text("select pg_sleep(4)"))
    eventlet.sleep(0)
    with pytest.raises(eventlet.Timeout), eventlet.Timeout(0.2):
        victim.wait()
    victim.kill()
    assert [row.one for row in single.read(text("select 1 as one"))] == [1]
