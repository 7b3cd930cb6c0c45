"""Which days a session may count for."""

from datetime import date

EARLIEST = date(2000, 1, 1)


def fault_of(day: date, today: date) -> str | None:
    """Return why no session may count for `day`, in a sentence, or None where one may."""
    if day < EARLIEST:
        return f"Must not be before {EARLIEST}."
    if day > today:
        return f"Must not be after today, which for you is {today}."
    return None
