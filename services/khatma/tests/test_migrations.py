"""The schema, as its owner makes it and the service's role finds it."""

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import ProgrammingError

from chassis.migrations import upgrade


def test_migrating_again_changes_nothing(migrated, db):
    before = db.read(text("select count(*) from pg_class"))
    upgrade("khatma", migrated.owner_url("khatma"))
    assert db.read(text("select count(*) from pg_class")) == before


def test_the_tables_of_a_later_release_are_left_as_they_are(migrated):
    """So that a release can be gone back to: migrations only add."""
    owner = create_engine(migrated.owner_url("khatma"), poolclass=NullPool)
    with owner.begin() as tx:
        ours = tx.scalar(text("select version_num from alembic_version"))
        tx.execute(text("update alembic_version set version_num = 'later'"))
    try:
        assert upgrade("khatma", migrated.owner_url("khatma")) is False
        with owner.begin() as tx:
            assert tx.scalar(text("select version_num from alembic_version")) == "later"
    finally:
        with owner.begin() as tx:
            tx.execute(text("update alembic_version set version_num = :ours"), {"ours": ours})
    assert upgrade("khatma", migrated.owner_url("khatma")) is True


@pytest.mark.parametrize("ddl", ["drop table reading", "create table x (id int)"])
def test_the_services_role_changes_no_table(db, ddl):
    with pytest.raises(ProgrammingError), db.transaction() as tx:
        tx.execute(text(ddl))
