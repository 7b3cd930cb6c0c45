"""Leaving for good."""

from uuid import uuid4

import pytest

from contracts.auth import events as auth
from contracts.khatma import methods
from contracts.refusals import NotFound, Unauthenticated
from khatma.usecases import erasure

TABLES = {
    "member": "person_id",
    "part": "person_id",
    "invitation": "person_id",
    "reading": "person_id",
    "reader": "person_id",
    "reader_day": "person_id",
    "streak": "person_id",
    "achievement": "person_id",
    "intention": "person_id",
    "link": "person_id",
    "guesser": "person_id",
    "khatma": "creator_id",
}


def left_of(world, reader):
    return {
        table: world.row(f"select count(*) as n from {table} where {column} = :id", id=reader.id)[
            "n"
        ]
        for table, column in TABLES.items()
    }


def test_nothing_personal_is_left(world):
    layla, omar = world.person(fullname="ليلى حسن", timezone="Asia/Amman"), world.person()
    own, group, other = (
        layla.create(khatma_type="private")["id"],
        layla.create(is_public=True)["id"],
        omar.create()["id"],
    )
    omar.invite(other, layla.id)
    omar.join(group)
    layla.finish(own, *range(1, 31))
    layla.log(group, 1, notes="سر")
    layla.intend(group, "سر")
    layla.ask(methods.MAKE_LINK, id=group)
    with pytest.raises(NotFound):
        layla.ask(methods.SHOW_BY_LINK, code="a guess")
    assert all(left_of(world, layla).values())
    layla.vanish()
    assert not any(left_of(world, layla).values())
    person = world.row("select * from person where id = :id", id=layla.id)
    assert (person["username"], person["fullname"], person["timezone"]) == ("", "", "UTC")
    assert [told.name for told in world.told(f"person/{layla.id}")][-1] == "data_erased"


def test_the_answers_kept_for_them_are_forgotten(world):
    """They hold what the person wrote; those of others stay, to answer a repeat."""
    layla, omar = world.people(2)
    layla.key, omar.key = uuid4().hex, uuid4().hex
    layla.create(name="سر")
    omar.create()
    layla.vanish()
    ids = [layla.key, omar.key]
    kept = world.rows("select id from command where id = any(:ids)", ids=ids)
    assert kept == [{"id": omar.key}]


def test_a_finished_chapter_stays_done_without_a_name_and_the_rest_is_open(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.finish(khatma, 2, 9)
    omar.join(khatma)
    before = layla.khatma_stats(khatma)
    omar.vanish()
    after = layla.khatma_stats(khatma)
    nobody = {"is_completed": True, "assigned_user": None}
    assert after["chapter_completion_status"][1] == {"chapter": 2, **nobody}
    assert after["chapter_completion_status"][8] == {"chapter": 9, **nobody}
    assert after["chapter_completion_status"][2]["assigned_user"] is None
    assert after["most_active_reader"] is None
    assert after["daily_progress"] == before["daily_progress"]
    assert after["total_chapters_read"] == 2
    assert world.counters(khatma) == {
        "open_parts": 27,
        "done_parts": 2,
        "member_count": 1,
        "completed": False,
    }
    assert world.person().join(khatma) == 3
    left = [told.data for told in world.told(f"khatma/{khatma}") if told.name == "member_left"]
    assert left == [{"member": omar.id, "parts_freed": [3], "account_deleted": True}]


def test_what_one_left_and_had_finished_loses_the_name_too(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.finish(khatma, 2)
    omar.leave(khatma)
    omar.vanish()
    assert not any(left_of(world, omar).values())
    status = layla.khatma_stats(khatma)["chapter_completion_status"][1]
    assert status == {"chapter": 2, "is_completed": True, "assigned_user": None}


def test_the_oldest_member_inherits(world):
    layla, omar, sara = world.people(3)
    khatma = layla.create(is_public=True)["id"]
    for reader in (sara, omar):
        world.sleep(minutes=1)
        reader.join(khatma)
    layla.vanish()
    assert omar.get(khatma)["creator"]["id"] == sara.id
    heard = [told.data for told in world.told(f"khatma/{khatma}") if told.name == "updated"]
    assert [data["creator"] for data in heard] == [sara.id]
    sara.change(khatma, name="أخرى")


def test_with_nobody_left_the_khatma_goes(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.log(khatma, 2)
    omar.leave(khatma)
    layla.vanish()
    with pytest.raises(NotFound):
        omar.get(khatma)
    assert world.told(f"khatma/{khatma}")[-1].name == "deleted"
    assert omar.stats()["total_chapters_read"] == 1


def test_a_completed_khatma_stays_completed(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.log(khatma, 2)
    layla.finish(khatma, 1, *range(3, 31))
    completed_at = omar.get(khatma)["completed_at"]
    layla.vanish()
    seen = omar.get(khatma)
    assert (seen["status"], seen["completed_at"]) == ("completed", completed_at)


def test_a_late_command_is_refused_and_a_late_event_ignored(world):
    layla, omar = world.people(2)
    own, public = layla.create()["id"], omar.create(is_public=True)["id"]
    layla.vanish()
    for attempt in (
        layla.create,
        lambda: layla.join(public),
        lambda: layla.leave(public),
        lambda: layla.log(own, 1),
        lambda: layla.change(own, name="x"),
        lambda: layla.delete(own),
        lambda: layla.invite(public, omar.id),
    ):
        with pytest.raises(Unauthenticated):
            attempt()
    world.hear(
        auth.USER_UPDATED,
        layla.id,
        username="layla",
        fullname="ليلى",
        timezone="UTC",
        day_starts_at=0,
        version=99,
    )
    assert world.row("select username, fullname from person where id = :id", id=layla.id) == {
        "username": "",
        "fullname": "",
    }
    assert not any(left_of(world, layla).values())


def test_deleted_before_ever_heard_of(world):
    layla = world.person()
    layla.vanish()
    with pytest.raises(Unauthenticated):
        layla.create()
    assert [told.name for told in world.told(f"person/{layla.id}")] == ["data_erased"]


def test_delivered_again_it_changes_nothing(world):
    layla = world.person()
    khatma = layla.create()["id"]
    event = layla.vanish()
    world.hear(event)
    assert [told.name for told in world.told(f"person/{layla.id}")] == ["data_erased"]
    assert [told.name for told in world.told(f"khatma/{khatma}")] == ["created", "deleted"]


def test_more_khatmas_than_one_batch_are_all_left(world, monkeypatch):
    monkeypatch.setattr(erasure, "BATCH", 3)
    layla, omar = world.people(2)
    joined = [layla.create(is_public=True)["id"] for _ in range(7)]
    for khatma in joined:
        omar.join(khatma)
    omar.vanish()
    assert {len(layla.members(khatma)) for khatma in joined} == {1}
    assert not any(left_of(world, omar).values())
