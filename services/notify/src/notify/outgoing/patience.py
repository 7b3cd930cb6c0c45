"""How long an endpoint asks to be left alone: the header `Retry-After`.

https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = timedelta(seconds=10**9)
_MOST_DIGITS = 9


def asked_wait(said: str | None, now: datetime) -> timedelta | None:
    """Return how long to wait, never below zero; None where nothing, or nothing of sense, is said.

    Args:
        said: The header: seconds, or a date of HTTP.
        now: From when a date is counted.
    """
    words = (said or "").strip()
    if words.isascii() and words.isdigit():
        digits = words.lstrip("0")
        return timedelta(seconds=int(digits or 0)) if len(digits) <= _MOST_DIGITS else _LONGEST
    try:
        until = parsedate_to_datetime(words)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(until - now, timedelta(0))
