from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.domain.days import Clock, fault_of

STARTS = st.integers(0, 720)
INSTANTS = st.datetimes(datetime(2001, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))
# Each changes its clocks in a way of its own: at midnight, by half an hour, across the date line.
ZONES = (
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Amman",
    "Asia/Beirut",
    "Europe/London",
    "Pacific/Apia",
)


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


@cache
def clock_changes(zone: str) -> list[datetime]:
    """Return, for each change of the zone's clocks, an instant within half a day before it."""
    halves = [utc("2001-01-01") + timedelta(hours=12 * n) for n in range(2 * 365 * 25)]
    offsets = [half.astimezone(ZoneInfo(zone)).utcoffset() for half in halves]
    return [
        half
        for half, offset, next_offset in zip(halves, offsets, offsets[1:], strict=False)
        if offset != next_offset
    ]


@pytest.mark.parametrize(
    ("timezone", "day_starts_at", "now", "today"),
    [
        ("UTC", 0, "2026-03-01T00:00", "2026-03-01"),
        ("UTC", 0, "2026-02-28T23:59:59.999999", "2026-02-28"),
        ("UTC", 90, "2026-03-01T01:29", "2026-02-28"),
        ("UTC", 90, "2026-03-01T01:30", "2026-03-01"),
        ("UTC", 720, "2026-03-01T11:59", "2026-02-28"),
        ("Pacific/Kiritimati", 0, "2026-02-28T10:00", "2026-03-01"),
        ("Pacific/Pago_Pago", 0, "2026-03-01T10:59", "2026-02-28"),
        # New York's clocks jump from 02:00 to 03:00: a day that starts at 02:30 starts there.
        ("America/New_York", 150, "2026-03-08T06:59", "2026-03-07"),
        ("America/New_York", 150, "2026-03-08T07:00", "2026-03-08"),
        # They go from 02:00 back to 01:00: a day that started at 01:30 does not end again.
        ("America/New_York", 90, "2026-11-01T05:29", "2026-10-31"),
        ("America/New_York", 90, "2026-11-01T05:30", "2026-11-01"),
        ("America/New_York", 90, "2026-11-01T06:00", "2026-11-01"),
        # Newfoundland went from 00:01 back to 23:01 of the day before.
        ("America/St_Johns", 0, "2010-11-07T02:30:30", "2010-11-07"),
        ("America/St_Johns", 0, "2010-11-07T02:45", "2010-11-07"),
        # São Paulo had no midnight on this day, and Samoa no 30 December.
        ("America/Sao_Paulo", 0, "2018-11-04T02:59", "2018-11-03"),
        ("America/Sao_Paulo", 0, "2018-11-04T03:00", "2018-11-04"),
        ("Pacific/Apia", 0, "2011-12-30T09:59", "2011-12-29"),
        ("Pacific/Apia", 0, "2011-12-30T10:00", "2011-12-31"),
        ("Atlantis/Nowhere", 0, "2026-03-01T00:00", "2026-03-01"),
    ],
)
def test_today_is_the_local_day(timezone, day_starts_at, now, today):
    assert Clock(timezone, day_starts_at).today(utc(now)) == date.fromisoformat(today)


@given(zone=st.sampled_from(ZONES), start=STARTS, data=st.data())
def test_no_day_comes_back_when_clocks_are_changed(zone, start, data):
    change = data.draw(st.sampled_from(clock_changes(zone)))
    clock = Clock(zone, start)
    quarters = [change + timedelta(minutes=15 * n - 24 * 60) for n in range(4 * 60)]
    days = [clock.today(quarter) for quarter in quarters]
    assert days == sorted(days)


@given(now=INSTANTS, start=STARTS, hours=st.integers(-12, 14))
def test_where_clocks_are_never_changed_it_is_the_wall_clock_less_the_start(now, start, hours):
    # The names of these zones count hours west of Greenwich.
    zone = f"Etc/GMT{-hours:+d}"
    wall = now.replace(tzinfo=None) + timedelta(hours=hours)
    assert Clock(zone, start).today(now) == (wall - timedelta(minutes=start)).date()


def test_a_session_counts_for_a_day_from_2000_to_today():
    today = date(2026, 3, 1)
    assert fault_of(date(2000, 1, 1), today) is None
    assert fault_of(today, today) is None
    assert fault_of(date(1999, 12, 31), today)
    assert fault_of(date(2026, 3, 2), today)
