"""Forgetting a person whose account is gone.

A tombstone comes first, so that no late command adds anything. Then each khatma in a transaction
of its own, so that nobody waits for all of them. Each step can be done again after a failure,
and the last one notes the event.
"""

from collections.abc import Iterator

from chassis.data import commands, inbox, outbox, retention
from chassis.data.database import Connection, Database
from chassis.process import clock
from contracts.events import Announcement, Envelope
from khatma import events
from khatma.store import credit, khatmas, members, parts, people
from khatma.usecases.people import subject_of

BATCH = 100


def forget(db: Database, event: Envelope) -> None:
    """Follow auth.user_deleted: erase the person, and say so."""
    person = subject_of(event)
    with db.transaction() as tx:
        people.bury(tx, person, clock.now())
    for khatma in _traces(db, person):
        with db.transaction() as tx:
            outbox.announce(tx, *_forget_in(tx, khatma, person))
    retention.delete_in_batches(db, credit.FORGET_READINGS, person=person)
    with db.transaction() as tx:
        if inbox.first_time(tx, "forget", event.id):
            credit.forget(tx, person)
            commands.forget(tx, person)
            outbox.announce(tx, events.erased(person))


def _traces(db: Database, person: int) -> Iterator[int]:
    last = 0
    while True:
        with db.reading() as connection:
            batch = members.traces(connection, person, after=last, limit=BATCH)
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1]


def _forget_in(tx: Connection, khatma: int, person: int) -> list[Announcement]:
    before = khatmas.load(tx, khatma)
    if before is None:
        return []
    after = before.forgotten_by(person)
    if after is None:
        khatmas.remove(tx, khatma)
        return [events.deleted(before, person)]
    parts.free(tx, khatma, person)
    parts.unname(tx, khatma, person)
    members.remove(tx, khatma, person)
    khatmas.save(tx, after, clock.now())
    told = []
    if person in before.members:
        told.append(events.left(after, person, before.parts.unfinished_of(person)))
    if after.creator != before.creator:
        told.append(events.updated(after, person))
    return told
