"""Achievements come by themselves, once."""

from datetime import timedelta

import pytest

from contracts.khatma import methods


def test_the_first_khatma_is_named(world):
    layla = world.person()
    khatma = layla.create(khatma_type="private", name="ختمة رمضان")["id"]
    layla.finish(khatma, *range(1, 31))
    first = next(
        one for one in layla.ask(methods.ACHIEVEMENTS) if one["achievement"] == "first_khatma"
    )
    assert first == {
        "id": first["id"],
        "achievement": "first_khatma",
        "achievement_display": "First Khatma",
        "earned_at": "2026-03-02T12:00:00.000000Z",
        "khatma": khatma,
        "khatma_name": "ختمة رمضان",
    }


def test_three_chapters_in_a_day(world):
    layla = world.person()
    khatma = layla.create()["id"]
    layla.finish(khatma, 1, 2)
    world.sleep(days=1)
    layla.finish(khatma, 3)
    assert layla.achievements() == []
    layla.finish(khatma, 4, 5)
    assert layla.achievements() == ["fast_reader"]


def test_streaks(world):
    layla = world.person()
    first, second = layla.create()["id"], layla.create()["id"]
    for day in range(30):
        layla.finish(first if day % 2 else second, 30 - day)
        assert layla.stats()["current_streak"] == day + 1
        assert ("streak_7" in layla.achievements()) == (day >= 6)
        assert ("consistent_reader" in layla.achievements()) == (day >= 19)
        assert ("streak_30" in layla.achievements()) == (day >= 29)
        world.sleep(days=1)
    assert "chapter_master" in layla.achievements()
    world.sleep(days=1)
    assert layla.stats()["current_streak"] == 0


def test_a_backdated_chapter_joins_two_runs(world):
    layla = world.person()
    khatma, start = layla.create()["id"], world.time.date()
    for day in range(7):
        if day != 3:
            layla.finish(khatma, day + 1)
        world.sleep(days=1)
    assert layla.stats()["current_streak"] == 3
    assert layla.achievements() == []
    layla.log(khatma, 20, day=start.replace(day=start.day + 3))
    assert layla.stats()["current_streak"] == 7
    assert layla.achievements() == ["streak_7"]


def test_all_juz_over_a_lifetime_through_several_khatmas(world):
    layla = world.person()
    first, second = layla.create()["id"], layla.create()["id"]
    layla.finish(first, *range(1, 16))
    layla.finish(second, *range(1, 30))
    assert "chapter_master" not in layla.achievements()
    layla.delete(first)
    layla.finish(second, 30)
    assert "chapter_master" in layla.achievements()


@pytest.mark.parametrize("last", [29, 0], ids=["the newest day last", "the oldest day last"])
def test_twenty_days_of_thirty_count_from_the_first_to_the_thirtieth(world, last):
    """The day that completes them may lie 29 days after, or before, all the others that count."""
    layla = world.person()
    khatma, start = layla.create()["id"], world.time.date()
    world.sleep(days=29)
    days = [0, *range(10, 28)]
    others = [29 - day if last == 0 else day for day in days]
    assert (len(set(others)), last in others) == (19, False)
    for number, offset in enumerate(others, start=1):
        layla.log(khatma, number, day=start + timedelta(days=offset))
    assert "consistent_reader" not in layla.achievements()
    layla.log(khatma, 30, day=start + timedelta(days=last))
    assert "consistent_reader" in layla.achievements()


def test_a_group_leader_has_four_companions(world):
    leaders = world.people(2)
    for leader, companions in zip(leaders, (4, 3), strict=True):
        khatma = leader.create(is_public=True)["id"]
        for companion in world.people(companions):
            companion.finish(khatma, companion.join(khatma))
        leader.finish(khatma, 1, *range(companions + 2, 31))
        assert companion.achievements() == ["first_khatma"]
    assert ["group_leader" in leader.achievements() for leader in leaders] == [True, False]


def test_who_inherits_a_khatma_has_not_created_it(world):
    layla, *people = world.people(6)
    khatma = layla.create(is_public=True)["id"]
    for person in people:
        person.finish(khatma, person.join(khatma))
    layla.vanish()
    heir, *_ = people
    assert heir.get(khatma)["creator"]["id"] == heir.id
    heir.change(khatma, name="أخرى")
    heir.finish(khatma, 1, *range(7, 31))
    assert "first_khatma" in heir.achievements()
    for person in people:
        assert "group_leader" not in person.achievements()


def test_each_is_earned_and_announced_once(world):
    layla = world.person()
    for _ in range(2):
        khatma = layla.create(khatma_type="private")["id"]
        layla.finish(khatma, *range(1, 31))
    told = world.told(f"person/{layla.id}")
    assert sorted(one.data["achievement"] for one in told) == sorted(layla.achievements())
    assert sorted(layla.achievements()) == ["chapter_master", "fast_reader", "first_khatma"]
    assert layla.stats()["achievements_count"] == 3
    fast, first = (
        next(one.data for one in told if one.data["achievement"] == name)
        for name in ("fast_reader", "first_khatma")
    )
    assert (fast["member"], fast["khatma"], fast["khatma_name"]) == (layla.id, None, None)
    assert (first["member"], first["khatma_name"]) == (layla.id, "ختمة")


def test_an_achievement_of_a_later_release_is_said_in_general_words(world):
    """Such a release was here and was gone back from; what it gave stays its reader's."""
    layla = world.person()
    world.rows(
        "insert into achievement (person_id, achievement, earned_at) "
        "values (:id, 'moon_reader', now()), (:id, 'streak_7', now())",
        id=layla.id,
    )
    earned = layla.ask(methods.ACHIEVEMENTS)
    methods.ACHIEVEMENTS.result.validate_python(earned)
    assert [(one["achievement"], one["achievement_display"]) for one in earned] == [
        ("streak_7", "7-Day Streak"),
        ("other", "Achievement"),
    ]
