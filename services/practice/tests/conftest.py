import eventlet

eventlet.monkey_patch()

from collections.abc import Iterator

import pytest
from chassis.database import Database
from chassis.migrations import upgrade


@pytest.fixture(scope="session")
def migrated(postgres):
    """The database of this test run, with practice's tables."""
    upgrade("practice", postgres.owner_url("practice"))
    return postgres


@pytest.fixture
def owner(migrated):
    """A connection that may do anything, in autocommit."""
    connection = migrated.connect()
    connection.cursor().execute("set search_path = practice")
    yield connection
    connection.close()


@pytest.fixture
def empty(owner):
    with owner.cursor() as cursor:
        cursor.execute(
            "truncate person, session, total, type_total, command, outbox, subject, inbox;"
            "update leader set person = null"
        )


@pytest.fixture
def db(migrated, empty) -> Iterator[Database]:
    """Practice's own database, empty."""
    database = Database.connect(migrated.app_url("practice"), pool_size=20)
    yield database
    database.close()
