"""How long notifications stay."""

from datetime import datetime, timedelta

KEPT_AFTER_READING = timedelta(days=90)


def read_before(now: datetime) -> datetime:
    """Return the moment before which a notification must have been read to be deleted `now`."""
    return now - KEPT_AFTER_READING
