"""Statistics and the dashboard."""

from datetime import date, timedelta

TODAY = date(2026, 3, 2)


def test_a_newcomer_has_nothing_yet(world):
    nour = world.person()
    assert nour.stats() == {
        "total_khatmas": 0,
        "completed_khatmas": 0,
        "total_chapters_read": 0,
        "current_streak": 0,
        "achievements_count": 0,
        "completion_rate": 0.0,
        "average_daily_chapters": 0.0,
    }
    assert nour.dashboard() == {
        "active_khatmas": [],
        "recent_sessions": [],
        "today_chapters": 0,
        "weekly_chapters": 0,
        "total_khatmas": 0,
        "total_khatmas_completed": 0,
        "current_streak": 0,
    }


def test_a_readers_figures(world):
    layla = world.person()
    done, group = layla.create(khatma_type="private")["id"], layla.create()["id"]
    layla.create()
    layla.finish(done, *range(1, 31))
    world.sleep(days=1)
    layla.finish(group, 1, 2, 3)
    assert layla.stats() == {
        "total_khatmas": 3,
        "completed_khatmas": 1,
        "total_chapters_read": 33,
        "current_streak": 2,
        "achievements_count": 3,
        "completion_rate": 33.3,
        "average_daily_chapters": 1.1,
    }
    world.sleep(days=29)
    assert layla.stats()["average_daily_chapters"] == 0.1
    assert layla.stats()["total_chapters_read"] == 33


def test_the_dashboard(world):
    layla = world.person()
    world.time -= timedelta(days=1)  # Sunday, in the week before
    older, newer = layla.create()["id"], layla.create()["id"]
    layla.finish(older, 1)
    world.sleep(days=1)
    layla.finish(older, 2, 3)
    world.sleep(days=1)
    layla.finish(newer, 1)
    layla.log(newer, 2, done=False)
    shown = layla.dashboard()
    assert [khatma["id"] for khatma in shown["active_khatmas"]] == [newer, older]
    assert shown["active_khatmas"] == layla.khatmas()
    assert shown["recent_sessions"] == layla.readings()[:5]
    assert len(shown["recent_sessions"]) == 5
    assert shown["today_chapters"] == 1
    assert shown["weekly_chapters"] == 3
    assert (shown["total_khatmas"], shown["total_khatmas_completed"]) == (2, 0)
    assert shown["current_streak"] == 3


def test_a_khatma_that_was_deleted_counts_no_more_unless_it_was_completed(world):
    layla, omar = world.people(2)
    begun, done = layla.create(is_public=True)["id"], layla.create()["id"]
    omar.join(begun)
    layla.finish(done, *range(1, 31))
    for khatma in (begun, done):
        layla.delete(khatma)
    shown = [reader.dashboard() for reader in (layla, omar)]
    counted = [(one["total_khatmas"], one["total_khatmas_completed"]) for one in shown]
    assert counted == [(1, 1), (0, 0)]


def test_today_and_the_week_are_the_readers_own(world):
    layla = world.person(timezone="Asia/Riyadh")
    khatma = layla.create()["id"]
    world.time = world.time.replace(hour=20)
    layla.finish(khatma, 1)
    world.sleep(hours=2)  # past midnight in Riyadh
    assert layla.dashboard()["today_chapters"] == 0
    world.time = world.time.replace(day=8)  # Sunday in UTC, Monday in Riyadh
    assert layla.dashboard()["weekly_chapters"] == 0
    world.time = world.time.replace(hour=20)
    assert layla.dashboard()["weekly_chapters"] == 1


def test_a_khatmas_figures(world):
    layla = world.person(fullname="ليلى حسن")
    omar, sara = world.person(username="omar"), world.person()
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    layla.finish(khatma, 1)
    layla.log(khatma, 30, done=False)
    world.sleep(days=1)
    omar.finish(khatma, 2)
    layla.finish(khatma, 3)
    sara.join(khatma)
    figures = sara.khatma_stats(khatma)
    assert figures["total_participants"] == 3
    assert figures["total_chapters_read"] == 3
    assert figures["completion_percentage"] == 10.0
    assert figures["average_daily_progress"] == 5.0
    assert figures["most_active_reader"] == {"id": layla.id, "fullname": "ليلى حسن"}
    days = figures["daily_progress"]
    assert len(days) == 30
    assert days[-2:] == [
        {"date": "2026-03-02", "chapters_read": 1, "participants_active": 1},
        {"date": "2026-03-03", "chapters_read": 2, "participants_active": 2},
    ]
    assert days[0] == {"date": "2026-02-02", "chapters_read": 0, "participants_active": 0}
    chapters = figures["chapter_completion_status"]
    assert [chapter["chapter"] for chapter in chapters] == list(range(1, 31))
    assert chapters[1] == {
        "chapter": 2,
        "is_completed": True,
        "assigned_user": {"id": omar.id, "fullname": "omar"},
    }
    assert chapters[3] == {
        "chapter": 4,
        "is_completed": False,
        "assigned_user": {"id": sara.id, "fullname": sara.actor.username},
    }
    assert chapters[28] == {"chapter": 29, "is_completed": False, "assigned_user": None}
    assert chapters[29] == {
        "chapter": 30,
        "is_completed": False,
        "assigned_user": {"id": layla.id, "fullname": "ليلى حسن"},
    }


def test_the_earlier_of_equals_is_most_active(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    assert layla.khatma_stats(khatma)["most_active_reader"] is None
    omar.join(khatma)
    ahead = []
    for reader, number in [(omar, 2), (layla, 1), (layla, 3), (omar, 4)]:
        world.sleep(minutes=1)
        reader.finish(khatma, number)
        ahead.append(layla.khatma_stats(khatma)["most_active_reader"]["id"])
    # Omar had one first, and Layla had two first.
    assert ahead == [omar.id, omar.id, layla.id, layla.id]


def test_a_reader_in_the_far_west_loses_no_day(world):
    layla = world.person(timezone="Pacific/Pago_Pago")
    khatma = layla.create()["id"]
    layla.finish(khatma, 1)
    world.sleep(days=1, hours=22)  # for them the day after, in UTC the one after that
    assert layla.stats()["current_streak"] == 1
    world.sleep(days=28)
    assert layla.stats()["average_daily_chapters"] == 0.03
    assert layla.khatma_stats(khatma)["daily_progress"][0] == {
        "date": "2026-03-02",
        "chapters_read": 1,
        "participants_active": 1,
    }


def test_a_chapter_counts_in_the_day_that_it_was_read_for(world):
    layla = world.person()
    khatma = layla.create()["id"]
    world.sleep(days=1)
    layla.log(khatma, 1, day=TODAY)
    assert [day["chapters_read"] for day in layla.khatma_stats(khatma)["daily_progress"][-2:]] == [
        1,
        0,
    ]
    assert layla.dashboard()["today_chapters"] == 0
