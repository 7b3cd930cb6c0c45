"""How long notifications stay."""

from datetime import datetime, timedelta

KEPT_AFTER_READING = timedelta(days=90)

ACTIVITY_KEPT = timedelta(days=90)
"""How long what happened can be read."""
LEAVING_KEPT = timedelta(days=30)
"""How long it is known who went out of a khatma, for events of before that come late."""


def read_before(now: datetime) -> datetime:
    """Return the moment before which a notification must have been read to be deleted `now`."""
    return now - KEPT_AFTER_READING
