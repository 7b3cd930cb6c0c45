"""The law of days, at every change of every IANA zone's clocks from 2000 to 2037."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

import pytest

from person.clock import Clock

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# No zone has changed its clocks and changed them back within as little.
STRIDE = timedelta(days=4)
ZONES = sorted(available_timezones() - {"Factory", "localtime"})
LATEST_START = 720


def _one_of_each(names: list[str]) -> list[str]:
    """Return the names without those that are other names of the same zone."""
    data = files("tzdata.zoneinfo")
    zones = {name: data.joinpath(*name.split("/")) for name in names}
    told = {zone.read_bytes() if zone.is_file() else name: name for name, zone in zones.items()}
    return sorted(told.values())


NAMED_ONCE = _one_of_each(ZONES)


def offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    found = moment.astimezone(zone).utcoffset()
    assert found is not None
    return found


@cache
def changes(name: str) -> list[datetime]:
    """Return the first second of each new offset of a zone."""
    zone, found, moment = ZoneInfo(name), [], FIRST
    before = offset(zone, moment)
    while moment < LAST:
        moment += STRIDE
        now = offset(zone, moment)
        if now != before:
            found.append(_first(zone, moment - STRIDE, moment, now))
            before = now
    return found


def _first(zone: ZoneInfo, earlier: datetime, later: datetime, after: timedelta) -> datetime:
    while later - earlier > timedelta(seconds=1):
        middle = earlier + timedelta(seconds=(later - earlier) // timedelta(seconds=2))
        if offset(zone, middle) == after:
            later = middle
        else:
            earlier = middle
    return later


def wall(zone: ZoneInfo, moment: datetime) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def starts_around(zone: ZoneInfo, change: datetime) -> set[int]:
    """Return starts of the day that the clock jumps over, or reads twice, and those beside them."""
    at = {0, LATEST_START}
    for edge in (wall(zone, change), change.replace(tzinfo=None) + offset(zone, change - MINUTE)):
        minutes = edge.hour * 60 + edge.minute
        at |= {minutes - 30, minutes, minutes + 1, minutes + 30}
    return {start for start in at if 0 <= start <= LATEST_START}


def moments_around(change: datetime, jump: timedelta) -> Iterator[datetime]:
    """Yield moments before and after a change, in order, as dense as the change is wide."""
    span = max(abs(jump), timedelta(minutes=30))
    edges = [-DAY, -span, -MINUTE, -timedelta(seconds=1), timedelta(), MINUTE]
    edges += [span / 2, span - MINUTE, span - timedelta(seconds=1), span, span + MINUTE, DAY]
    return (change + edge for edge in sorted(edges))


def read_by(zone: ZoneInfo, change: datetime, moment: datetime) -> list[datetime]:
    """Return the latest that the wall has read by `moment`, of all that it read until then.

    A wall clock runs on between two changes, so that is what it reads now, and what it read last
    before the change.
    """
    last_before = [change - timedelta(microseconds=1)] if moment >= change else []
    return [wall(zone, each) for each in (moment, *last_before)]


@pytest.mark.parametrize("name", NAMED_ONCE)
def test_today_is_the_latest_day_that_has_begun(name: str) -> None:
    zone = ZoneInfo(name)
    for change in changes(name):
        jump = offset(zone, change) - offset(zone, change - MINUTE)
        moments = list(moments_around(change, jump))
        read = [read_by(zone, change, moment) for moment in moments]
        for start in starts_around(zone, change):
            days = [Clock(name, start).today(moment) for moment in moments]
            begun = [max((each - start * MINUTE).date() for each in walls) for walls in read]
            assert days == begun, f"{name}, days from minute {start}, around {change}"
            assert days == sorted(days), f"{name}, days from minute {start}, around {change}"


def test_clocks_that_are_put_back_over_midnight_are_among_them() -> None:
    """So that the walk cannot miss what it is for."""
    for name, change in (
        ("America/Goose_Bay", "2010-11-07T03:01:00+00:00"),
        ("America/St_Johns", "2010-11-07T02:31:00+00:00"),
        ("America/Moncton", "2006-10-29T03:01:00+00:00"),
        ("Antarctica/Casey", "2010-03-04T15:00:00+00:00"),
        ("Africa/Cairo", "2026-10-29T21:00:00+00:00"),
    ):
        assert datetime.fromisoformat(change) in changes(name), name
    assert len(NAMED_ONCE) > 300
