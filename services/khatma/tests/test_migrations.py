"""The schema, as its owner makes it and the service's role finds it."""

from contextlib import contextmanager
from importlib import import_module

import pytest
from psycopg2.errors import InsufficientPrivilege
from sqlalchemy import NullPool, create_engine, text

from chassis.data.migrations import UnknownVersion, upgrade


def test_migrating_again_changes_nothing(migrated, db):
    count = text("select count(*) from pg_class")
    before = db.reader.ask(count)
    upgrade("khatma", migrated.owner_url("khatma"))
    assert db.reader.ask(count) == before


def test_heirs_of_before_are_told_from_creators(world):
    """Version 0002 notes of every khatma whether it was inherited, those of before too."""
    layla, omar = world.people(2)
    left, kept = (layla.create(is_public=True)["id"], omar.create(is_public=True)["id"])
    world.sleep(minutes=1)
    omar.join(left)
    layla.join(kept)
    layla.vanish()
    heirs = import_module("khatma.migrations.versions.0002_inherited_khatmas").STATEMENTS[1]
    world.rows("update khatma set inherited = false")
    world.rows(heirs)
    found = world.rows(
        "select id, inherited from khatma where id = any(:ids) order by id", ids=[left, kept]
    )
    assert found == [{"id": left, "inherited": True}, {"id": kept, "inherited": False}]


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
    with pytest.raises(InsufficientPrivilege), db.transaction() as tx:
        tx.ask(text(ddl))
