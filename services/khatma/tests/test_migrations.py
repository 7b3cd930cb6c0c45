"""The schema, as its owner makes it and the service's role finds it."""

from contextlib import contextmanager
from importlib import import_module

import pytest
from psycopg2.errors import InsufficientPrivilege
from sqlalchemy import NullPool, create_engine, text

from chassis.data.migrations import UnknownVersion, upgrade
from chassis.data.statements import by_value
from person.clock import DAY


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


# How the release before adds a session: each time, and it asks for the id.
ADD_AS_BEFORE = by_value(
    """
    insert into reading
        (person_id, khatma_id, number, is_completed, reading_date, notes, created_at)
    values (:person, :khatma, :number, :done, :day, '', now()) returning id
    """
)
DAYS = "select day, readers from khatma_day where khatma_id = :id order by day"


def test_the_release_before_adds_a_session_again_without_harm(world):
    """It runs on while the tables change, and knows nothing of one session for each part."""
    layla = world.person()
    khatma, first = layla.create()["id"], world.time.date()
    world.sleep(days=1)
    before = layla.choose(khatma, 1, day=first)
    # As that release counted whoever said something.
    world.rows("insert into khatma_day values (:id, :day, 0, 1) returning 1", id=khatma, day=first)
    said = {"person": layla.id, "khatma": khatma, "number": 1}
    with world.db.transaction() as tx:
        again = tx.ask(ADD_AS_BEFORE, **said, done=True, day=world.time.date())[0].id
    assert again == before["id"]
    [kept] = layla.readings()
    assert (kept["is_completed"], kept["created_at"]) == (True, before["created_at"])
    # It counted the new day itself, as it does; the day that is not read on any more is mended.
    assert world.rows(DAYS, id=khatma) == [{"day": first, "readers": 0}]


def test_who_only_chose_before_is_taken_off_the_readers_of_the_day(world, connection):
    """Version 0009, on what the release before had counted; who is gone stays counted."""
    layla, omar = world.people(2)
    khatma, first = layla.create(is_public=True)["id"], world.time.date()
    omar.join(khatma)
    layla.choose(khatma, 1)
    omar.log(khatma, 2)
    omar.choose(khatma, 9)
    migration = import_module("khatma.migrations.versions.0009_readers_of_a_day")
    with connection.cursor() as cursor:
        # Layla, Omar, and one whose account is gone.
        cursor.execute("update khatma_day set readers = 3 where khatma_id = %s", (khatma,))
        cursor.execute(migration.RECOUNT)
    assert world.rows(DAYS, id=khatma) == [{"day": first, "readers": 2}]


def test_sessions_of_before_become_one_and_the_newest_stays(world, connection):
    """Version 0004, on what the release before had left."""
    layla, omar = world.people(2)
    khatma, first = layla.create(is_public=True)["id"], world.time.date()
    omar.join(khatma)
    migration = import_module("khatma.migrations.versions.0004_one_session")
    days = [first, first, first + DAY, first + DAY]
    with connection.cursor() as cursor:
        cursor.execute("drop index reading_once; alter table reading disable trigger user")
        for reader, number in [(layla, 1), (omar, 2)]:
            for nth, day in enumerate(days):
                cursor.execute(
                    "insert into reading (person_id, khatma_id, number, is_completed, "
                    "reading_date, notes, created_at) values (%s, %s, %s, %s, %s, %s, now())",
                    (reader.id, khatma, number, nth == 3, day, str(nth)),
                )
        cursor.execute(
            "insert into reading (person_id, khatma_id, number, is_completed, "
            "reading_date, notes, created_at) values (%s, %s, 7, false, %s, 'alone', now())",
            (layla.id, khatma, first),
        )
        for day in (first, first + DAY):
            cursor.execute("insert into khatma_day values (%s, %s, 1, 2)", (khatma, day))
        cursor.execute(migration.MERGE)
        cursor.execute("create unique index reading_once on reading (person_id, number, khatma_id)")
        cursor.execute("alter table reading enable trigger user")
    assert [(r["notes"], r["is_completed"]) for r in omar.readings()] == [("3", True)]
    assert [r["notes"] for r in layla.readings()] == ["alone", "3"]
    assert world.rows(DAYS, id=khatma) == [
        {"day": first, "readers": 1},  # Layla, with the part that she read once
        {"day": first + DAY, "readers": 2},
    ]


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
