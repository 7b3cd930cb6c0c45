"""Where a stream is to be read from, without a place."""

from datetime import UTC, datetime
from typing import Literal

Since = datetime | Literal["first", "next"]
"""A moment, the first event that is kept, or the next that happens."""

_TAKES = (
    "take 'first' for all that the stream holds, 'next' for what happens from now on, or a moment "
    "with a time zone, such as datetime.now(UTC) - timedelta(days=1)"
)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
"""The broker counts a moment's seconds from here."""


def checked(since: Since) -> Since:
    """Return where to begin, a moment in UTC.

    The broker takes less than that, and says so by closing the channel: that would look as if it
    were away.

    Raises:
        ValueError: It is none of what `Since` says, a moment without a time zone, or one that the
            broker cannot be told.
    """
    if since in ("first", "next"):
        return since
    if not isinstance(since, datetime):
        more = "; datetime.fromisoformat reads a written moment" if isinstance(since, str) else ""
        raise ValueError(f"since is {since!r}: {_TAKES}{more}")
    if since.tzinfo is None:
        raise ValueError(f"since is a moment without a time zone: {_TAKES}")
    try:
        moment = since.astimezone(UTC)
    except OverflowError:
        moment = None
    if moment is None or moment < _FIRST:
        raise ValueError(f"since is {since}: a moment is from 1970 to 9999, in UTC")
    return moment
