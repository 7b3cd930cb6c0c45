"""A person's today, across zones and daylight-saving changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khatma.domain.days import days_ending, monday_of, today

ZONES = [
    "UTC",
    "Asia/Riyadh",
    "Africa/Cairo",
    "America/New_York",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Europe/Berlin",
]
moments = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("now", "zone", "starts", "expected"),
    [
        ("2026-03-02T23:30:00Z", "UTC", 0, "2026-03-02"),
        ("2026-03-02T23:30:00Z", "Asia/Riyadh", 0, "2026-03-03"),
        ("2026-03-02T00:30:00Z", "America/New_York", 0, "2026-03-01"),
        # For a night owl 01:30 is still yesterday; at their hour the day begins.
        ("2026-03-02T01:30:00Z", "UTC", 120, "2026-03-01"),
        ("2026-03-02T02:00:00Z", "UTC", 120, "2026-03-02"),
        ("2026-03-02T11:59:59Z", "UTC", 720, "2026-03-01"),
        # Berlin, 2026-03-29: 02:00 becomes 03:00. A day that begins at 02:30 begins at 03:00.
        ("2026-03-29T00:59:59Z", "Europe/Berlin", 150, "2026-03-28"),
        ("2026-03-29T01:00:00Z", "Europe/Berlin", 150, "2026-03-29"),
        # Berlin, 2026-10-25: 03:00 becomes 02:00. What began at 02:30 does not end at 02:00.
        ("2026-10-25T00:29:59Z", "Europe/Berlin", 150, "2026-10-24"),
        ("2026-10-25T00:30:00Z", "Europe/Berlin", 150, "2026-10-25"),
        ("2026-10-25T01:10:00Z", "Europe/Berlin", 150, "2026-10-25"),
        # Cairo puts its clock forward at midnight: the day begins at 01:00.
        ("2026-04-23T21:59:59Z", "Africa/Cairo", 0, "2026-04-23"),
        ("2026-04-23T22:00:00Z", "Africa/Cairo", 0, "2026-04-24"),
        ("2026-03-02T23:30:00Z", "Nowhere/Unheard_Of", 0, "2026-03-02"),
    ],
)
def test_today_is_the_local_day_from_the_persons_hour_on(now, zone, starts, expected):
    assert today(datetime.fromisoformat(now), zone, starts) == date.fromisoformat(expected)


@given(
    moments,
    st.timedeltas(timedelta(), timedelta(days=2)),
    st.sampled_from(ZONES),
    st.integers(0, 720),
)
def test_days_never_run_backwards(now, later, zone, starts):
    assert today(now, zone, starts) <= today(now + later, zone, starts)


@given(moments, st.sampled_from(ZONES), st.integers(0, 720))
def test_today_is_the_local_date_or_the_day_before(now, zone, starts):
    local = now.astimezone(ZoneInfo(zone)).date()
    assert today(now, zone, starts) in {local, local - timedelta(days=1)}
    assert today(now, zone, 0) == local


def test_a_time_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        today(datetime(2026, 3, 2), "UTC", 0)


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
