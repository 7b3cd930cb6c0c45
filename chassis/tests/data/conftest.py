"""The chassis' own tables in practice's schema, reached as the schema's owner."""

import eventlet

eventlet.monkey_patch()

from collections.abc import Iterator

import pytest
from chassis.data import tables
from chassis.data.database import Database
from sqlalchemy import text


@pytest.fixture(scope="session")
def db(postgres) -> Iterator[Database]:
    db = Database.connect(postgres.owner_url("practice"), pool_size=30)
    if not db.reader.ask(text("select to_regclass('outbox')"))[0][0]:
        with db.transaction() as tx:
            for statement in (*tables.VERSION_1, *tables.VERSION_2):
                tx.tell(text(statement))
    yield db
    db.close()


@pytest.fixture
def single(postgres) -> Iterator[Database]:
    """A database whose pool holds one connection, so that what is left on it shows."""
    db = Database.connect(postgres.owner_url("practice"), pool_size=1)
    with db.transaction() as tx:
        tx.tell(text("drop table if exists diary"))
        tx.tell(text("create table diary (note text)"))
    yield db
    db.close()


@pytest.fixture
def look(postgres):
    """Look into practice's schema from outside: `look("select …")` returns rows."""
    admin = postgres.connect()
    cursor = admin.cursor()
    cursor.execute("set search_path = practice")

    def look(question: str, *values: object) -> list[tuple]:
        cursor.execute(question, values)
        return cursor.fetchall() if cursor.description else []

    yield look
    admin.close()
