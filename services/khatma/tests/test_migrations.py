"""The schema, as its owner makes it and the service's role finds it."""

from contextlib import contextmanager

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import ProgrammingError

from chassis.migrations import UnknownVersion, upgrade


def test_migrating_again_changes_nothing(migrated, db):
    before = db.read(text("select count(*) from pg_class"))
    upgrade("khatma", migrated.owner_url("khatma"))
    assert db.read(text("select count(*) from pg_class")) == before


@contextmanager
def at_version(database, version):
    """Have the schema say that it is at `version`; yield how to ask what it says."""
    owner = create_engine(database.owner_url("khatma"), poolclass=NullPool)

    def says():
        with owner.begin() as tx:
            return tx.scalar(text("select version_num from alembic_version"))

    def say(what):
        with owner.begin() as tx:
            tx.execute(text("update alembic_version set version_num = :what"), {"what": what})

    ours = says()
    say(version)
    try:
        yield says
    finally:
        say(ours)


def test_the_tables_of_a_later_release_are_left_as_they_are(migrated):
    """So that a release can be gone back to: migrations only add."""
    with at_version(migrated, "9999") as says:
        assert upgrade("khatma", migrated.owner_url("khatma")) is False
        assert says() == "9999"
    assert upgrade("khatma", migrated.owner_url("khatma")) is True


@pytest.mark.parametrize("version", ["0000", "f3c1a7", "later"])
def test_a_version_of_no_release_is_not_worked_on(migrated, version):
    """Such as that of a branch, or of another program: nobody can tell what its tables are."""
    with at_version(migrated, version), pytest.raises(UnknownVersion, match=version):
        upgrade("khatma", migrated.owner_url("khatma"))


@pytest.mark.parametrize("ddl", ["drop table reading", "create table x (id int)"])
def test_the_services_role_changes_no_table(db, ddl):
    with pytest.raises(ProgrammingError), db.transaction() as tx:
        tx.execute(text(ddl))
