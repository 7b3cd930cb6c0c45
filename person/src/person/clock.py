"""The day that it is for a person, by the clock on their wall and the hour their day begins."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """How a person counts days.

    Attributes:
        timezone: An IANA time zone; one that this machine's data does not know counts as UTC.
        day_starts_at: Minutes after midnight, 0 to 720; 90 makes 01:15 still yesterday.
    """

    timezone: str = "UTC"
    day_starts_at: int = 0

    def today(self, now: datetime) -> date:
        """Return the day at the instant `now`.

        A day has begun once the clock on the wall has read its start: a clock that is put forward
        over it begins the day at the jump, and one that is put back to before it, even over
        midnight, does not end the day again. So days never run backwards.

        Raises:
            ValueError: `now` has no offset from UTC.
        """
        if now.tzinfo is None:
            raise ValueError("the time needs an offset")
        zone = _zone(self.timezone)
        wall = now.astimezone(zone).replace(tzinfo=None)
        start = timedelta(minutes=self.day_starts_at)
        for day in (wall.date() + DAY, wall.date()):
            begins = datetime.combine(day, datetime.min.time()) + start
            # The first of two moments that the wall reads the same.
            if wall >= begins or now >= begins.replace(tzinfo=zone).astimezone(UTC):
                return day
        return wall.date() - DAY


def _zone(name: str) -> tzinfo:
    # A zone newer than this machine's data must not keep its people from practising.
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
