"""Forgetting notifications that were read long ago."""

from chassis import clock
from chassis.database import Database
from notify.domain.retention import read_before
from notify.store import notifications

BATCH = 1000


def sweep(db: Database) -> int:
    """Delete notifications read 90 days ago, in batches that hold no lock for long.

    Returns:
        How many went.
    """
    before = read_before(clock.now())
    gone = 0
    while True:
        with db.transaction() as tx:
            found = notifications.sweep(tx, before, BATCH)
        gone += found
        if found < BATCH:
            return gone
