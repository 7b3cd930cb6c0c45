"""Days as a person lives them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


def zone_of(name: str) -> ZoneInfo:
    """Return the zone called `name`, or UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def today(now: datetime, timezone: str, day_starts_at: int) -> date:
    """Return the local day at `now` of someone whose day begins `day_starts_at` minutes past 0:00.

    A day has begun once its wall clock has shown that time. So a clock that is put forward over
    it begins the day at the jump, and one that is put back behind it does not end the day again.

    Raises ValueError for a `now` without an offset.
    """
    if now.tzinfo is None:
        raise ValueError("the time needs an offset")
    zone = zone_of(timezone)
    local = now.astimezone(zone)
    start = time(day_starts_at // 60, day_starts_at % 60)
    first_shown = datetime.combine(local.date(), start, tzinfo=zone)
    begun = local.time() >= start or first_shown.astimezone(UTC) <= now
    return local.date() if begun else local.date() - ONE_DAY


def monday_of(day: date) -> date:
    """Return the first day of the ISO week that holds `day`."""
    return day - timedelta(days=day.weekday())


def days_ending(day: date, count: int) -> list[date]:
    """Return the `count` days up to and including `day`, oldest first."""
    return [day - timedelta(days=back) for back in range(count - 1, -1, -1)]
