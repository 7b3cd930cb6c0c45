"""Erasing a person whose account is gone."""

from chassis.data.database import Database
from chassis.process import clock
from contracts.auth.events import UserDeletedData
from contracts.events import Event
from person import erasure
from practice import events
from practice.store import sessions, totals
from practice.store.people import people


def erase(db: Database, event: Event[UserDeletedData]) -> None:
    """Forget a person for good, all but the id, and announce it once all is gone.

    A tombstone comes first, so that no late command adds anything, and with it goes all that others
    could see.
    """
    person = event.subject_id
    with db.transaction() as tx:
        people.bury(tx, person, clock.now())
        totals.delete_all(tx, person)
        sessions.clear(tx, person)
    sessions.sweep(db, person, sessions.EVERY)
    erasure.end(db, event, "practice.erase", events.data_erased(person))
