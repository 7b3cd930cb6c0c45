from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from khatma.domain.days import days_ending, monday_of


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_week_begins_on_its_monday(day):
    monday = monday_of(day)
    assert monday.isoweekday() == 1
    assert monday.isocalendar()[:2] == day.isocalendar()[:2]


def test_days_ending_are_oldest_first_and_end_with_the_day():
    assert days_ending(date(2026, 3, 2), 3) == [
        date(2026, 2, 28),
        date(2026, 3, 1),
        date(2026, 3, 2),
    ]
