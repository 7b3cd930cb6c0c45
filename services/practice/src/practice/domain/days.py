"""Practice days: which day it is for a person, and which days a session may count for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

EARLIEST = date(2000, 1, 1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Clock:
    """How a person counts days.

    Attributes:
        timezone: An IANA time zone.
        day_starts_at: Minutes after midnight; 90 makes 01:15 still yesterday.
    """

    timezone: str = "UTC"
    day_starts_at: int = 0

    def today(self, now: datetime) -> date:
        """Return the practice day at the instant `now`, an aware datetime.

        A day has begun once the clock on the wall reads its start, and stays begun when the
        clock is set back to before it.
        """
        zone = _zone(self.timezone)
        wall = now.astimezone(zone).replace(tzinfo=None)
        start = timedelta(minutes=self.day_starts_at)
        for day in (wall.date() + DAY, wall.date()):
            begins = datetime.combine(day, datetime.min.time()) + start
            if wall >= begins or now >= begins.replace(tzinfo=zone).astimezone(UTC):
                return day
        return wall.date() - DAY


def _zone(name: str) -> tzinfo:
    # A zone newer than this machine's data must not keep its people from practising.
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def fault_of(day: date, today: date) -> str | None:
    """Return why no session may count for `day`, in a sentence, or None where one may."""
    if day < EARLIEST:
        return f"Must not be before {EARLIEST}."
    if day > today:
        return f"Must not be after today, which for you is {today}."
    return None
