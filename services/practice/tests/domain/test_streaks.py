from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from practice.domain.streaks import Run, Streaks, streaks

TODAY = date(2026, 3, 1)
DAYS = st.sets(st.integers(-40, 3).map(lambda n: TODAY + timedelta(days=n)))


def runs(days):
    found = []
    for day in sorted(days):
        if found and found[-1].last == day - timedelta(days=1):
            found[-1] = Run(found[-1].first, day)
        else:
            found.append(Run(day, day))
    return found


def ending(day, days):
    length = 0
    while day - timedelta(days=length) in days:
        length += 1
    return length


@given(days=DAYS)
def test_streaks_are_those_counted_day_by_day(days):
    current = ending(TODAY, days) or ending(TODAY - timedelta(days=1), days)
    longest = max((ending(day, days) for day in days), default=0)
    assert streaks(runs(days), TODAY) == Streaks(current, longest)


def test_today_not_practised_yet_breaks_nothing_and_a_day_missed_does():
    week = [Run(date(2026, 2, 22), date(2026, 2, 28))]
    assert streaks(week, date(2026, 2, 28)).current == 7
    assert streaks(week, date(2026, 3, 1)).current == 7
    assert streaks(week, date(2026, 3, 2)).current == 0
    assert streaks(week, date(2026, 3, 2)).longest == 7
