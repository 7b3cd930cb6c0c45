"""A person's today, across zones and changes of clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from person.clock import Clock

STARTS = st.integers(0, 720)
INSTANTS = st.datetimes(datetime(2001, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from(sorted(available_timezones()))


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


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
        # Berlin's from 03:00 to 02:00: what began at 02:30 does not end at 02:00.
        ("Europe/Berlin", 150, "2026-10-25T00:29:59", "2026-10-24"),
        ("Europe/Berlin", 150, "2026-10-25T00:30:00", "2026-10-25"),
        ("Europe/Berlin", 150, "2026-10-25T01:10:00", "2026-10-25"),
        # Cairo puts its clock forward at midnight: the day begins at 01:00.
        ("Africa/Cairo", 0, "2026-04-23T21:59:59", "2026-04-23"),
        ("Africa/Cairo", 0, "2026-04-23T22:00:00", "2026-04-24"),
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


@given(now=INSTANTS, later=st.timedeltas(timedelta(), timedelta(days=2)), zone=ZONES, start=STARTS)
def test_days_never_run_backwards(now, later, zone, start):
    clock = Clock(zone, start)
    assert clock.today(now) <= clock.today(now + later)


@given(now=INSTANTS, start=STARTS, hours=st.integers(-12, 14))
def test_where_clocks_are_never_changed_it_is_the_wall_clock_less_the_start(now, start, hours):
    # The names of these zones count hours west of Greenwich.
    zone = f"Etc/GMT{-hours:+d}"
    wall = now.replace(tzinfo=None) + timedelta(hours=hours)
    assert Clock(zone, start).today(now) == (wall - timedelta(minutes=start)).date()


def test_a_time_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        Clock().today(datetime(2026, 3, 2))
