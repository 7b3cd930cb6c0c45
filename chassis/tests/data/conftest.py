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
    if not db.read(text("select to_regclass('outbox')"))[0][0]:
        with db.transaction() as tx:
            for statement in (*tables.VERSION_1, *tables.VERSION_2):
                tx.execute(text(statement))
    yield db
    db.close()
