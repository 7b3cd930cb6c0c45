"""Forgetting what is kept no longer: notifications, what happened, what tells a thing but once."""

from datetime import timedelta
from functools import partial

from chassis.data.database import Database
from chassis.data.retention import INBOX_DAYS, delete_in_batches
from chassis.process import clock
from notify.domain.deliveries import KEPT as DELIVERIES_KEPT
from notify.domain.restraint import KEPT
from notify.domain.retention import ACTIVITY_KEPT, LEAVING_KEPT, read_before
from notify.store import activity, deliveries, khatmas, tickets, told

BATCH = 1000
# As long as an event is known to have been taken in.
_ENDS_KEPT = timedelta(days=INBOX_DAYS)


def sweep(db: Database) -> None:
    """Delete notifications read 90 days ago, and activity of then, in batches.

    Who is busy with their notifications keeps theirs until the next sweep, and who is gone until
    their erasure; neither holds up what comes behind them.
    """
    now = clock.now()
    delete_in_batches(db, told.FORGET_TOLD, before=now - KEPT)
    delete_in_batches(db, tickets.FORGET, before=now)
    delete_in_batches(db, khatmas.FORGET_ENDED, before=now - _ENDS_KEPT)
    delete_in_batches(db, deliveries.FORGET, before=now - DELIVERIES_KEPT)
    delete_in_batches(db, deliveries.FORGET_REMOVED)
    delete_in_batches(db, deliveries.FORGET_WEBHOOKS)
    delete_in_batches(db, activity.FORGET, before=now - ACTIVITY_KEPT)
    delete_in_batches(db, activity.FORGET_FAREWELLS)
    delete_in_batches(db, activity.FORGET_OF_ENDED)
    delete_in_batches(db, activity.FORGET_MEMBERS, before=now - LEAVING_KEPT)
    before, last = read_before(now), told.BEGINNING
    while True:
        ended = db.transact(partial(told.sweep, before=before, batch=BATCH, after=last))
        if ended is None:
            return
        last = ended
