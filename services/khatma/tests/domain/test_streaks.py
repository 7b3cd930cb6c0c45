"""Streaks kept as runs are those that replaying all days gives."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from khatma.domain.streaks import Streak, current, extended, without

DAY = date(2026, 3, 2)
near_days = st.integers(-40, 40).map(lambda offset: DAY + timedelta(days=offset))


def kept(days):
    """Return the runs as the service keeps them, one finished chapter at a time."""
    streaks = []
    for day in days:
        grown = extended(day, streaks)
        streaks = [streak for streak in streaks if not grown.first <= streak.last <= grown.last]
        streaks.append(grown)
    return streaks


def replayed(days, today):
    """Return the current streak by going back day by day."""
    held = set(days)
    end = today if today in held else today - timedelta(days=1)
    length = 0
    while end - timedelta(days=length) in held:
        length += 1
    return length


@given(st.lists(near_days, max_size=60), near_days)
def test_the_current_streak_is_that_of_a_replay(days, today):
    assert current(kept(days), today) == replayed(days, today)


@given(st.lists(near_days, max_size=60))
def test_runs_hold_exactly_the_days_and_never_touch(days):
    streaks = sorted(kept(days), key=lambda streak: streak.first)
    covered = [s.first + timedelta(days=n) for s in streaks for n in range(s.length)]
    assert sorted(set(days)) == covered
    assert all((b.first - a.last).days > 1 for a, b in pairwise(streaks))


def test_today_not_practised_yet_does_not_break_it():
    run = Streak(DAY - timedelta(days=6), DAY)
    assert current([run], DAY) == 7
    assert current([run], DAY + timedelta(days=1)) == 7
    assert current([run], DAY + timedelta(days=2)) == 0


def test_a_traveller_west_has_days_past_their_today_that_do_not_count_yet():
    run = Streak(DAY - timedelta(days=6), DAY)
    assert current([run], DAY - timedelta(days=1)) == 6


@given(st.integers(1, 30), st.data())
def test_what_is_left_without_a_day_is_what_the_other_days_make(length, data):
    run = Streak(DAY, DAY + timedelta(days=length - 1))
    gone = DAY + timedelta(days=data.draw(st.integers(0, length - 1)))
    left = without(gone, run)
    covered = [part.first + timedelta(days=n) for part in left for n in range(part.length)]
    days = [DAY + timedelta(days=n) for n in range(length)]
    assert covered == [day for day in days if day != gone]
