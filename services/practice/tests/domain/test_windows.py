from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.domain.windows import NAMES, window, windows

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("name", "starts", "ends"),
    [
        ("month", date(2026, 2, 1), date(2026, 2, 28)),
        ("week", date(2026, 2, 9), date(2026, 2, 15)),
        ("day", date(2026, 2, 14), date(2026, 2, 14)),
    ],
)
def test_windows_of_a_saturday(name, starts, ends):
    assert window(name, date(2026, 2, 14)).days == (starts, ends)


def test_all_time_has_no_first_or_last_day():
    assert window("all", date(2026, 2, 14)).days == (None, None)


@given(day=DAYS, name=st.sampled_from(["month", "week", "day"]))
def test_every_day_of_a_window_is_in_that_window(day, name):
    first, last = window(name, day).days
    assert first <= day <= last
    assert window(name, first) == window(name, last) == window(name, day)


@given(day=DAYS, other=DAYS)
def test_days_share_all_time(day, other):
    assert set(windows(day)) & set(windows(other)) >= {window("all", day)}
    assert [each.name for each in windows(day)] == list(NAMES)


def test_there_is_no_other_window():
    with pytest.raises(ValueError, match="decade"):
        window("decade", date(2026, 2, 14))
