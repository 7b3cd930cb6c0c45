"""Forgetting what is no longer needed."""

from datetime import timedelta

from auth import events
from auth.domain.session import KEPT_PAST_TOKENS
from auth.domain.throttle import WINDOW
from auth.store import accounts, allowances, failures, sessions
from chassis.data import retention
from chassis.data.database import Database
from chassis.process import clock


def sweep(db: Database, *, access: timedelta) -> int:
    """Delete what is kept long enough; return how many rows went.

    Args:
        db: The service's database.
        access: How long access tokens are good.
    """
    now = clock.now()
    return (
        retention.sweep(db)
        # What was on its way when its person left was published after them.
        + accounts.forget_names(db, events.NAMING, now - 2 * timedelta(days=retention.OUTBOX_DAYS))
        + allowances.forget(db, now)
        + failures.forget(db, now - WINDOW)
        # An access token can outlive the refresh token that it came from.
        + sessions.forget(
            db, ended_before=now - access - KEPT_PAST_TOKENS, expired_before=now - access
        )
    )
