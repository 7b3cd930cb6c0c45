"""A chapter that was finished by mistake is unfinished again."""

from datetime import timedelta

import pytest

from contracts.refusals import Conflict, Forbidden


def test_a_mis_tap_is_taken_back(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    done = omar.log(khatma, 2, notes="تم")
    again = omar.choose(khatma, 2)
    assert again == {**done, "is_completed": False}
    assert omar.readings() == [again]
    assert omar.get(khatma)["my_chapters"] == [2]
    assert omar.get(khatma)["completion_percentage"] == 0.0
    assert world.counters(khatma) == {
        "open_parts": 28,
        "done_parts": 0,
        "member_count": 2,
        "completed": False,
    }
    stats = omar.stats()
    assert (stats["total_chapters_read"], stats["current_streak"]) == (0, 0)
    assert omar.dashboard()["today_chapters"] == 0
    last = world.told(f"khatma/{khatma}")[-1]
    assert (last.name, last.actor) == ("part_taken_back", omar.id)
    assert last.data == {
        "member": omar.id,
        "chapter": 2,
        "reading_date": "2026-03-02",
        "done": 0,
        "khatma_name": "ختمة",
        "parts_freed": [],
    }


def test_what_was_taken_back_can_be_finished_again_or_left(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.log(khatma, 2)
    omar.choose(khatma, 2)
    omar.log(khatma, 2)
    assert omar.stats()["total_chapters_read"] == 1
    assert omar.stats()["current_streak"] == 1
    omar.choose(khatma, 2)
    omar.leave(khatma)
    assert world.counters(khatma)["open_parts"] == 29


def test_what_was_earned_by_it_stays_earned_once(world):
    layla = world.person()
    khatma = layla.create()["id"]
    layla.finish(khatma, 1, 2, 3)
    for _ in range(2):
        layla.choose(khatma, 3)
        assert layla.achievements() == ["fast_reader"]
        layla.log(khatma, 3)
    assert [told.name for told in world.told(f"person/{layla.id}")] == ["achievement_earned"]


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_streak_is_what_its_other_days_make(world, gone):
    layla = world.person()
    khatma, start = layla.create()["id"], world.time.date()
    world.sleep(days=2)
    for number in range(3):
        layla.log(khatma, number + 1, day=start + timedelta(days=number))
    assert layla.stats()["current_streak"] == 3
    layla.choose(khatma, gone + 1)
    assert layla.stats()["current_streak"] == {0: 2, 1: 1, 2: 2}[gone]
    layla.log(khatma, gone + 1, day=start + timedelta(days=gone))
    assert layla.stats()["current_streak"] == 3


def test_a_day_with_another_chapter_stays_in_its_streak(world):
    layla = world.person()
    khatma = layla.create()["id"]
    layla.finish(khatma, 1, 2)
    layla.choose(khatma, 2)
    assert layla.stats()["current_streak"] == 1
    assert layla.dashboard()["today_chapters"] == 1


def test_a_juz_of_another_khatma_stays_read(world):
    layla = world.person()
    first, second = layla.create()["id"], layla.create()["id"]
    layla.log(first, 1)
    layla.log(second, 1)
    layla.choose(second, 1)
    layla.finish(first, *range(2, 30))
    layla.log(second, 30)
    assert "chapter_master" in layla.achievements()


def test_a_juz_of_no_other_khatma_is_not(world):
    layla = world.person()
    khatma = layla.create()["id"]
    layla.log(khatma, 1)
    layla.choose(khatma, 1)
    layla.finish(khatma, *range(2, 31))
    assert "chapter_master" not in layla.achievements()


def test_what_is_refused_changes_nothing(world):
    layla, omar, sara = world.people(3)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    layla.log(khatma, 1)
    before = layla.khatma_stats(khatma), layla.stats(), layla.readings()
    for reader, refusal in [(omar, Conflict), (sara, Forbidden)]:
        with pytest.raises(refusal):
            reader.choose(khatma, 1)
    world.sleep(days=1, seconds=1)
    with pytest.raises(Conflict, match="more than a day ago"):
        layla.choose(khatma, 1)
    world.time -= timedelta(days=1, seconds=1)
    assert (layla.khatma_stats(khatma), layla.stats(), layla.readings()) == before


def test_nothing_is_taken_back_of_a_completed_khatma(world):
    layla = world.person()
    khatma = layla.create()["id"]
    layla.finish(khatma, *range(1, 31))
    with pytest.raises(Conflict, match="completed"):
        layla.choose(khatma, 30)
    assert layla.get(khatma)["status"] == "completed"
    assert layla.stats()["completed_khatmas"] == 1


def test_who_left_takes_nothing_back_until_they_are_there_again(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.log(khatma, 2)
    omar.leave(khatma)
    with pytest.raises(Forbidden):
        omar.choose(khatma, 2)
    omar.join(khatma)
    assert omar.choose(khatma, 2)["is_completed"] is False
    assert omar.get(khatma)["my_chapters"] == [2]  # in place of what joining gave
    assert world.counters(khatma)["open_parts"] == 28
    assert world.told(f"khatma/{khatma}")[-1].data["parts_freed"] == [3]


def test_nothing_is_taken_back_beyond_what_one_may_hold_at_once(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.finish(khatma, 2, 3, 4)
    omar.choose(khatma, 4)
    before = omar.stats(), omar.readings(), world.counters(khatma), layla.khatma_stats(khatma)
    for number in (2, 3):
        with pytest.raises(Conflict, match="Finish chapter 4 before you take another one"):
            omar.choose(khatma, number)
    after = omar.stats(), omar.readings(), world.counters(khatma), layla.khatma_stats(khatma)
    assert after == before
    omar.log(khatma, 4)
    assert omar.choose(khatma, 2)["is_completed"] is False
