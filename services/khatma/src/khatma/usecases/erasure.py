"""Erasing a person whose account is gone.

A tombstone comes first, so that no late command adds anything. Then each khatma in a transaction
of its own, so that nobody waits for all of them. Each step can be done again after a failure,
and the last one takes in the event.
"""

from collections.abc import Iterator
from functools import partial

from chassis.data import outbox
from chassis.data.database import Database, Transaction
from chassis.process import clock
from contracts.auth.events import UserDeletedData
from contracts.events import Announcement, Event
from khatma import events
from khatma.store import credit, khatmas, links, members, parts
from khatma.store.people import people
from person import erasure

BATCH = 100


def erase(db: Database, event: Event[UserDeletedData]) -> None:
    """Erase a person for good, all but the id, and announce it once all is gone."""
    person = event.subject_id
    db.transact(lambda tx: people.bury(tx, person, clock.now()))
    for khatma in _traces(db, person):
        db.transact(partial(_erase_in, khatma=khatma, person=person))
    credit.erase_readings(db, person)
    erasure.end(db, event, "forget", events.erased(person), credit.erase, links.forget_misses)


def _traces(db: Database, person: int) -> Iterator[int]:
    last = 0
    while True:
        batch = members.traces(db.reader, person, after=last, limit=BATCH)
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1]


def _erase_in(tx: Transaction, khatma: int, person: int) -> None:
    _, locked = khatmas.lock(tx, khatma, person)
    if locked is None:
        return
    before = locked.khatma
    after = before.forgotten_by(person)
    if after is None:
        khatmas.remove(tx, khatma)
        outbox.announce(tx, events.deleted(before, person))
        return
    parts.free(tx, khatma, person)
    parts.unname(tx, khatma, person)
    members.remove(tx, khatma, person)
    khatmas.change(tx, after, clock.now())
    told: list[Announcement] = []
    if person in before.members:
        freed = before.parts.unfinished_of(person)
        told.append(events.left(after, person, freed, account_deleted=True))
    if after.creator != before.creator:
        told.append(events.updated(after, person))
    outbox.announce(tx, *told)
