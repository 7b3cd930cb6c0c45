"""Days that figures are of."""

from datetime import date, timedelta


def monday_of(day: date) -> date:
    """Return the first day of the ISO week that holds `day`."""
    return day - timedelta(days=day.weekday())


def days_ending(day: date, count: int) -> list[date]:
    """Return the `count` days up to and including `day`, oldest first."""
    return [day - timedelta(days=back) for back in range(count - 1, -1, -1)]
