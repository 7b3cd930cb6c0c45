"""How long an endpoint asks to be left alone: the header `Retry-After`.

https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = timedelta(seconds=10**9)
_MOST_DIGITS = 9


def asked_wait(said: Iterable[str], now: datetime) -> timedelta | None:
    """Return how long to wait, never below zero; None where nothing, or nothing of sense, is said.

    Args:
        said: The lines of the header, each with seconds or a date of HTTP: the longest counts.
        now: From when a date is counted.
    """
    waits = (_wait(word, now) for line in said for word in _words(line))
    return max((wait for wait in waits if wait is not None), default=None)


def _words(line: str) -> list[str]:
    # A proxy may put several lines into one, by commas; a date has one of its own.
    words = [word.strip() for word in line.split(",")]
    return words if any(map(_is_number, words)) else [line]


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _wait(word: str, now: datetime) -> timedelta | None:
    if _is_number(word):
        digits = word.lstrip("0")
        return timedelta(seconds=int(digits or 0)) if len(digits) <= _MOST_DIGITS else _LONGEST
    try:
        until = parsedate_to_datetime(word)
    except (ValueError, OverflowError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(until - now, timedelta(0))
