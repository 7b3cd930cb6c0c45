"""One khatma with those who read in it."""

import pytest

from contracts.refusals import Refusal

MORE = (
    "participants",
    "is_participant",
    "can_join",
    "available_chapters",
    "days_remaining",
    "start_date",
    "end_date",
    "recent_sessions",
)


def test_a_new_khatma_is_answered_as_it_is_shown(world):
    layla = world.person(fullname="ليلى", timezone="Asia/Amman", version=1)
    for said in ({}, {"khatma_type": "private"}, {"is_public": True, "parts_at_once": 3}):
        made = layla.create(**said)
        assert layla.get(made["id"]) == made
        [listed] = [each for each in layla.khatmas() if each["id"] == made["id"]]
        assert made == listed | {name: made[name] for name in MORE}


def test_who_reads_what(world):
    layla, omar, sara = (world.person(fullname=name) for name in ("ليلى", "عمر", "سارة"))
    khatma = layla.create(is_public=True, target_days=10)["id"]
    begun = layla.get(khatma)["created_at"]
    world.sleep(minutes=1)
    omar.join(khatma)
    joined = layla.get(khatma)["participants"][1]["joined_at"]
    omar.finish(khatma, 2, 5, 4)
    shown = sara.get(khatma)
    assert shown["participants"] == [
        {
            "id": layla.id,
            "user": {"id": layla.id, "fullname": "ليلى"},
            "joined_at": begun,
            "chapter_assigned": 1,
            "is_chapter_completed": False,
        },
        {
            "id": omar.id,
            "user": {"id": omar.id, "fullname": "عمر"},
            "joined_at": joined,
            # All at the same moment: the highest of them.
            "chapter_assigned": 5,
            "is_chapter_completed": True,
        },
    ]
    assert shown["available_chapters"] == [3, *range(6, 31)]
    assert (shown["start_date"], shown["end_date"]) == ("2026-03-02", "2026-03-12")
    assert (shown["is_participant"], shown["can_join"]) == (False, True)
    omar.join(khatma)
    [_, at] = sara.get(khatma)["participants"]
    assert (at["chapter_assigned"], at["is_chapter_completed"]) == (3, False)


def test_the_chapters_finished_last(world):
    layla = world.person()
    khatma = layla.create()["id"]
    assert layla.get(khatma)["recent_sessions"] == []
    for number in (9, 3, 7, 1, 30, 2):
        world.sleep(minutes=1)
        layla.log(khatma, number, notes="mine alone")
    shown = layla.get(khatma)["recent_sessions"]
    assert [part["chapter_assigned"] for part in shown] == [2, 30, 1, 7, 3]
    everything = layla.parts(khatma)["results"]
    assert all(part in everything for part in shown)


def test_days_are_counted_by_who_asks_until_it_ends(world):
    layla = world.person(timezone="UTC", version=1)
    east = world.person(timezone="Pacific/Kiritimati", version=1)
    khatma = layla.create(is_public=True, target_days=2)["id"]
    assert [who.get(khatma)["days_remaining"] for who in (layla, east)] == [2, 1]
    world.sleep(days=2)
    assert [who.get(khatma)["days_remaining"] for who in (layla, east)] == [0, 0]
    done = layla.create(target_days=9)["id"]
    layla.finish(done, *range(1, 31))
    assert layla.get(done)["days_remaining"] == 0


def joins(reader, khatma):
    try:
        reader.join(khatma)
    except Refusal:
        return False
    return True


@pytest.mark.parametrize(
    "state", ["new", "in it", "done with theirs", "invited", "full", "private"]
)
def test_can_join_says_whether_joining_works(world, state):
    layla, omar = world.people(2)
    kind = {"khatma_type": "private"} if state == "private" else {"is_public": state != "invited"}
    khatma = layla.create(**kind)["id"]
    if state in ("in it", "done with theirs"):
        omar.join(khatma)
    if state == "done with theirs":
        omar.finish(khatma, 2)
    if state == "invited":
        layla.invite(khatma, omar.id)
    if state == "full":
        layla.finish(khatma, *range(1, 31))
    asker = layla if state == "private" else omar
    shown = asker.get(khatma)
    assert shown["is_participant"] == (state in ("in it", "done with theirs", "private"))
    assert shown["can_join"] == joins(asker, khatma)


def test_who_is_gone_is_not_in_it_any_more(world):
    layla, omar = world.person(fullname="ليلى"), world.person(fullname="عمر")
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.finish(khatma, 2)
    omar.vanish()
    shown = layla.get(khatma)
    assert [one["id"] for one in shown["participants"]] == [layla.id]
    [last] = shown["recent_sessions"]
    assert last["user"] == {"id": None, "fullname": ""}
    assert "عمر" not in str(shown)


def test_what_is_kept_of_a_change_names_nobody_else(world):
    """An answer is kept for a day; who is in it may be erased meanwhile."""
    layla, omar = world.person(), world.person(fullname="عمر الخيام")
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    layla.key = "a key of a change"
    layla.change(khatma, name="أخرى")
    kept = world.rows("select * from command")
    assert kept
    assert "عمر الخيام" not in str(
        [bytes(v) if isinstance(v, memoryview) else v for row in kept for v in row.values()]
    )
