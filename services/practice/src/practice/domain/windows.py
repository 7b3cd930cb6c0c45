"""Windows of time that totals are kept for: all time, calendar months, ISO weeks and days."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from practice.domain.days import EARLIEST

NAMES = ("all", "month", "week", "day")


@dataclass(frozen=True, order=True)
class Window:
    """One window of time.

    Attributes:
        name: all, month, week or day.
        starts: Its first day; for all time, the earliest day that a session may count for.
    """

    name: str
    starts: date

    @property
    def days(self) -> tuple[date, date] | tuple[None, None]:
        """Its first and last day, or None twice for all time."""
        match self.name:
            case "all":
                return None, None
            case "month":
                length = monthrange(self.starts.year, self.starts.month)[1]
            case "week":
                length = 7
            case _:
                length = 1
        return self.starts, self.starts + timedelta(days=length - 1)


def window(name: str, day: date) -> Window:
    """Return the window called `name` that holds `day`."""
    match name:
        case "all":
            return Window(name, EARLIEST)
        case "month":
            return Window(name, day.replace(day=1))
        case "week":
            return Window(name, day - timedelta(days=day.weekday()))
        case "day":
            return Window(name, day)
    raise ValueError(f"no window is called {name!r}")


def windows(day: date) -> tuple[Window, ...]:
    """Return every window that holds `day`."""
    return tuple(window(name, day) for name in NAMES)
