"""Forgetting what is no longer needed."""

from auth.domain.session import ACCESS, KEPT_AFTER_END
from auth.domain.throttle import WINDOW
from auth.store import failures, sessions
from chassis import clock, retention
from chassis.database import Database


def sweep(db: Database) -> int:
    """Delete what is kept long enough; return how many rows went."""
    now = clock.now()
    return (
        retention.sweep(db)
        + failures.forget(db, now - WINDOW)
        # An access token can outlive the refresh token that it came from.
        + sessions.forget(db, ended_before=now - KEPT_AFTER_END, expired_before=now - ACCESS)
    )
