import pytest

pytestmark = pytest.mark.usefixtures("noon")


def test_figures_without_a_session(person):
    stats = person(7).stats()
    assert [day["date"] for day in stats["daily"]][::29] == ["2026-01-31", "2026-03-01"]
    assert {(day["minutes"], day["sessions"]) for day in stats.pop("daily")} == {(0, 0)}
    assert stats == {
        "total_minutes": 0,
        "total_sessions": 0,
        "average_duration": 0.0,
        "current_streak": 0,
        "longest_streak": 0,
        "by_type": [],
    }
    assert person(7).week() == {"today_minutes": 0, "weekly_minutes": 0}


def test_figures_add_up(person):
    layla = person(7)
    person(8).log(1000)
    layla.log(10, meditation_type="mantra")
    layla.log(20, meditation_type="breathing", date="2026-02-28")
    layla.log(15, meditation_type="mantra", date="2026-02-28")
    layla.log(3, meditation_type="other", date="2025-06-01")
    layla.log(2, meditation_type="other", date="2025-06-02")
    layla.log(1, meditation_type="other", date="2025-06-03")
    stats = layla.stats()
    assert (stats["total_minutes"], stats["total_sessions"]) == (51, 6)
    assert stats["average_duration"] == 8.5
    assert (stats["current_streak"], stats["longest_streak"]) == (2, 3)
    assert stats["by_type"] == [
        {"meditation_type": "mantra", "minutes": 25, "sessions": 2},
        {"meditation_type": "breathing", "minutes": 20, "sessions": 1},
        {"meditation_type": "other", "minutes": 6, "sessions": 3},
    ]
    assert len(stats["daily"]) == 30
    assert stats["daily"][-2:] == [
        {"date": "2026-02-28", "minutes": 35, "sessions": 2},
        {"date": "2026-03-01", "minutes": 10, "sessions": 1},
    ]


def test_the_daily_figures_are_of_the_thirty_days_that_end_today(person):
    layla = person(7)
    layla.log(1, date="2026-01-30")
    layla.log(2, date="2026-01-31")
    assert [day["minutes"] for day in layla.stats()["daily"]] == [2] + 29 * [0]


def test_the_week_is_the_iso_week_of_ones_own_today(person, at):
    at("2026-03-01T22:30:00+00:00")
    here, east = person(7), person(8, timezone="Asia/Amman")
    for meditator in (here, east):
        meditator.log(100, date="2026-02-22")
        meditator.log(10, date="2026-02-23")
        meditator.log(1)
    assert here.week() == {"today_minutes": 1, "weekly_minutes": 11}
    assert east.week() == {"today_minutes": 1, "weekly_minutes": 1}


def test_a_streak_lasts_until_a_day_is_missed(person, at):
    layla = person(7, timezone="America/New_York")
    layla.log()
    layla.log(date="2026-02-28")
    at("2026-03-03T04:59:00+00:00")
    assert layla.stats()["current_streak"] == 2
    at("2026-03-03T05:00:00+00:00")
    assert (layla.stats()["current_streak"], layla.stats()["longest_streak"]) == (0, 2)
