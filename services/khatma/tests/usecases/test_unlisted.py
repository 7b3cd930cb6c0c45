"""Khatmas of before anybody followed them: who is in them is told, once, as it then is."""

from importlib import import_module

import eventlet
import pytest

from chassis.data.statements import by_value
from khatma.usecases import unlisted

HOLD = by_value("select from khatma where id = :id for update")


def of_before(world, *khatmas):
    """Let nobody have been told of the members of `khatmas`, as the migration finds them."""
    world.rows(
        "insert into unlisted select id from khatma where id = any(:ids) returning 1",
        ids=list(khatmas),
    )


def listings(world, khatma):
    told = world.told(f"khatma/{khatma}")
    return [(at, one.data) for at, one in enumerate(told) if one.name == "members_listed"]


def until_blocked(world, count):
    with eventlet.Timeout(10):
        while world.blocked() != count:
            eventlet.sleep(0.01)


def test_the_migration_finds_every_khatma_that_is_there(world):
    layla = world.person()
    khatma = layla.create()["id"]
    statements = []
    migration = import_module("khatma.migrations.versions.0011_unlisted")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(migration, "op", type("Op", (), {"execute": statements.append}))
        migration.upgrade()
    assert statements[0].startswith("create table unlisted")
    world.rows("delete from unlisted returning 1")
    world.rows(f"{statements[1]} returning 1")
    assert world.rows("select from unlisted where khatma_id = :id", id=khatma)
    world.rows("delete from unlisted returning 1")


def test_members_are_told_once_with_the_number_at_which_they_are_so(world, monkeypatch):
    monkeypatch.setattr(unlisted, "BATCH", 2)
    layla, omar = world.people(2)
    khatmas = [layla.create(is_public=True)["id"] for _ in range(5)]
    omar.join(khatmas[2])
    of_before(world, *khatmas)
    for _ in range(2):
        unlisted.list_members(world.db)
    for khatma in khatmas:
        joined = khatma == khatmas[2]
        members = [layla.id, omar.id] if joined else [layla.id]
        assert listings(world, khatma) == [(3 if joined else 1, {"members": members})]


def test_of_a_khatma_that_is_gone_nothing_is_told(world):
    layla = world.person()
    gone, left = layla.create()["id"], layla.create()["id"]
    of_before(world, gone, left)
    layla.delete(gone)
    unlisted.list_members(world.db)
    assert listings(world, gone) == []
    assert listings(world, left) == [(1, {"members": [layla.id]})]
    assert world.rows("select from unlisted") == []


def test_who_joins_meanwhile_is_in_the_list_or_told_after_it(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    of_before(world, khatma)
    with world.db.transaction() as tx:
        tx.ask(HOLD, id=khatma)
        threads = [eventlet.spawn(omar.join, khatma)]
        until_blocked(world, 1)
        threads.append(eventlet.spawn(unlisted.list_members, world.db))
        until_blocked(world, 2)
    for thread in threads:
        thread.wait()
    assert [one.name for one in world.told(f"khatma/{khatma}")] == [
        "created",
        "member_joined",
        "parts_claimed",
        "members_listed",
    ]
    assert listings(world, khatma) == [(3, {"members": [layla.id, omar.id]})]
