"""A service that knows people and nothing else."""

import eventlet

eventlet.monkey_patch()

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from chassis.data import tables
from chassis.data.database import Database, Transaction
from chassis.data.statements import by_value
from chassis.events.follows import follows
from chassis.process import clock
from contracts.auth.events import USER_DELETED, USER_UPDATED
from contracts.notify.events import DATA_ERASED, DataErasedData
from person import erasure
from person.columns import table
from person.copies import Copies

pytest_plugins = ["chassis.testing"]

EVERYTHING = ("username", "fullname", "timezone", "day_starts_at", "visibility")


def say_last_words(tx: Transaction, person: int) -> None:
    tx.tell(by_value("insert into last_words values (:fact)"), fact=f"erased {person}")


def service_that_keeps(*kept: str) -> type:
    people = Copies(*kept)

    def erase(db: Database, event) -> None:
        with db.transaction() as tx:
            people.bury(tx, event.subject_id, clock.now())
        erased = DATA_ERASED.about(event.subject_id, DataErasedData(), actor=None)
        erasure.end(db, event, "erase", erased, say_last_words)

    class Knowing:
        name = "notify"
        keeps = kept
        copies = people
        user_updated = follows(USER_UPDATED, people.keep)
        user_deleted = follows(USER_DELETED, erase)

    return Knowing


@pytest.fixture(scope="session")
def _database(postgres) -> Iterator[Database]:
    db = Database.connect(postgres.owner_url("notify"), pool_size=5)
    with db.transaction() as tx:
        tx.tell(text("create table last_words (fact text)"))
        for statement in (*tables.VERSION_1, *tables.VERSION_2):
            tx.tell(text(statement))
    yield db
    db.close()


@pytest.fixture
def service(_database, request):
    service = service_that_keeps(*getattr(request, "param", EVERYTHING))()
    service.db = _database
    with _database.transaction() as tx:
        tx.tell(text("drop table if exists person"))
        tx.tell(text("truncate command, inbox, outbox, last_words"))
        tx.tell(text(table(*service.keeps)))
    return service


@pytest.fixture
def people(service) -> Copies:
    return service.copies


@pytest.fixture
def db(service) -> Database:
    return service.db


@pytest.fixture
def rows(db):
    """Look: `rows("select * from person")` returns dictionaries."""

    def rows(question: str, **values) -> list[dict]:
        return [row._asdict() for row in db.reader.ask(by_value(question), **values)]

    return rows
