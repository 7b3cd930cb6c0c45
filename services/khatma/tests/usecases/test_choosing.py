"""Choosing a part, keeping it, and one session for each."""

from datetime import date, timedelta

import pytest

from contracts.refusals import Conflict, Forbidden, NotFound

TODAY = date(2026, 3, 2)


def told(world, khatma):
    return [(one.name, one.data) for one in world.told(f"khatma/{khatma}")]


def test_an_open_part_becomes_theirs_who_choose_it(world):
    layla = world.person()
    khatma = layla.create()["id"]
    reading = layla.choose(khatma, 9, notes="غدًا")
    assert (reading["chapter_assigned"], reading["is_completed"]) == (9, False)
    assert layla.get(khatma)["my_chapters"] == [1, 9]
    assert layla.get(khatma)["completion_percentage"] == 0.0
    assert world.counters(khatma)["open_parts"] == 28
    assert told(world, khatma)[1:] == [
        (
            "parts_claimed",
            {"member": layla.id, "chapters": [9], "khatma_name": "ختمة", "parts_freed": []},
        )
    ]


def test_what_fell_to_a_member_of_a_public_khatma_makes_room(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    assert omar.join(khatma) == 2
    omar.choose(khatma, 9)
    assert omar.get(khatma)["my_chapters"] == [9]
    assert world.counters(khatma)["open_parts"] == 28
    assert told(world, khatma)[-1][1] == {
        "member": omar.id,
        "chapters": [9],
        "khatma_name": "ختمة",
        "parts_freed": [2],
    }
    with pytest.raises(Conflict, match="Finish chapter 9"):
        omar.choose(khatma, 10)
    assert world.person().join(khatma) == 2


def test_a_khatma_says_how_many_parts_one_may_choose(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True, parts_at_once=2)
    assert khatma["parts_at_once"] == 2
    omar.join(khatma["id"])
    omar.choose(khatma["id"], 2)
    omar.choose(khatma["id"], 20)
    with pytest.raises(Conflict, match="may hold 2"):
        omar.choose(khatma["id"], 21)
    assert layla.change(khatma["id"], parts_at_once="3")["parts_at_once"] == 3
    omar.choose(khatma["id"], 21)
    assert omar.get(khatma["id"])["my_chapters"] == [2, 20, 21]


def test_among_friends_there_is_no_limit_and_in_public_it_is_one(world):
    layla = world.person()
    khatma = layla.create()
    assert khatma["parts_at_once"] == 30
    for number in range(1, 31):
        layla.choose(khatma["id"], number)
    assert layla.get(khatma["id"])["my_chapters"] == list(range(1, 31))
    assert layla.change(khatma["id"], is_public=True)["parts_at_once"] == 1


def test_parts_at_once_sent_back_as_they_came_say_nothing(world):
    layla = world.person()
    khatma = layla.create()
    names = ("name", "description", "target_days", "is_public", "parts_at_once")
    layla.change(khatma["id"], **{name: khatma[name] for name in names})
    assert [name for name, _ in told(world, khatma["id"])] == ["created"]
    assert layla.change(khatma["id"], is_public=True)["parts_at_once"] == 1
    assert layla.change(khatma["id"], parts_at_once=30)["parts_at_once"] == 30


def test_a_private_khatma_s_parts_are_kept(world):
    layla = world.person()
    khatma = layla.create(khatma_type="private")["id"]
    layla.choose(khatma, 17)
    assert layla.get(khatma)["my_chapters"] == list(range(1, 31))


def test_saying_it_again_changes_the_one_session(world):
    layla = world.person()
    khatma = layla.create()["id"]
    world.sleep(days=2)
    first = layla.choose(khatma, 9, day=TODAY, notes="قرأت نصفه")
    again = layla.choose(khatma, 9)
    assert again == {**first, "reading_date": "2026-03-04"}
    done = layla.log(khatma, 9)
    assert done == {**again, "is_completed": True}
    assert layla.readings() == [done]
    assert layla.choose(khatma, 9, notes="")["notes"] == ""
    assert len(layla.readings()) == 1


def test_who_only_chose_is_no_reader_of_the_day(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True, parts_at_once=2)["id"]
    active = lambda: layla.khatma_stats(khatma)["daily_progress"][-1]["participants_active"]  # noqa: E731
    omar.join(khatma)
    omar.choose(khatma, 9)
    assert active() == 0
    omar.log(khatma, 9)
    omar.log(khatma, 2)
    assert active() == 1
    omar.choose(khatma, 9)
    assert active() == 1
    omar.choose(khatma, 2)
    assert active() == 0
    omar.leave(khatma)
    assert active() == 0


def test_who_said_it_twice_reads_on_the_day_they_finished(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    world.sleep(days=1)
    omar.choose(khatma, 2, day=TODAY)
    layla.choose(khatma, 1, day=TODAY)
    omar.log(khatma, 2)
    days = layla.khatma_stats(khatma)["daily_progress"]
    assert [(day["participants_active"], day["chapters_read"]) for day in days[-2:]] == [
        (0, 0),
        (1, 1),
    ]


def test_saying_the_same_again_tells_nothing(world):
    layla = world.person()
    khatma = layla.create()["id"]
    layla.choose(khatma, 1)
    layla.choose(khatma, 1)
    layla.choose(khatma, 9)
    layla.choose(khatma, 9)
    names = [name for name, _ in told(world, khatma)]
    assert names == ["created", "progress_noted", "parts_claimed"]


def test_who_else_wants_it_is_told_whose_it_is(world):
    layla, omar = world.person(fullname="ليلى حسن"), world.person()
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    with pytest.raises(Conflict, match="Chapter 1 is held by ليلى حسن"):
        omar.choose(khatma, 1)
    layla.log(khatma, 1)
    with pytest.raises(Conflict, match="Chapter 1 is done already, by ليلى حسن"):
        omar.choose(khatma, 1)
    layla.vanish()
    with pytest.raises(Conflict, match="by another member"):
        omar.choose(khatma, 1)
    assert omar.get(khatma)["my_chapters"] == [2]


def test_what_one_may_not_know_of_is_not_chosen(world):
    layla, omar = world.people(2)
    hidden, public = layla.create()["id"], layla.create(is_public=True)["id"]
    for khatma, refusal in [(hidden, NotFound), (2**63 - 1, NotFound), (public, Forbidden)]:
        with pytest.raises(refusal):
            omar.choose(khatma, 9)
    layla.invite(hidden, omar.id)
    with pytest.raises(Forbidden, match="Join"):
        omar.choose(hidden, 9)
    assert omar.readings() == []


def test_who_left_and_came_back_goes_on_with_what_they_finished(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    done = omar.log(khatma, 2)
    omar.choose(khatma, 9)
    omar.leave(khatma)
    assert omar.readings() == omar.dashboard()["recent_sessions"] == [done]
    omar.join(khatma)
    assert omar.choose(khatma, 2)["id"] == done["id"]
    assert len(omar.readings()) == 1


def test_two_readers_of_one_part_have_a_session_each(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    theirs = omar.choose(khatma, 9)
    omar.leave(khatma)
    ours = layla.log(khatma, 9)
    assert ours["id"] != theirs["id"]
    assert omar.readings() == []
    assert layla.readings() == [ours]


def test_a_command_said_twice_is_done_once(world):
    layla = world.person()
    khatma = layla.create()["id"]
    layla.key = "chosen"
    assert layla.choose(khatma, 9) == layla.choose(khatma, 9)
    assert [name for name, _ in told(world, khatma)].count("parts_claimed") == 1


def test_a_day_that_no_session_may_count_for_takes_nothing(world):
    layla = world.person()
    khatma = layla.create()["id"]
    with pytest.raises(Exception, match="reading_date"):
        layla.choose(khatma, 9, day=TODAY + timedelta(days=1))
    assert layla.get(khatma)["my_chapters"] == [1]
