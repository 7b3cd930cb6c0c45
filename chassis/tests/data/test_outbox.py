"""Events are written with their change, in an order for each subject."""

import json
import re
from datetime import date

import eventlet
import pytest
from sqlalchemy import text

from chassis.data import inbox, outbox
from chassis.data.database import Database
from contracts.events import Announcement, Envelope
from contracts.moments import FORM
from contracts.practice.events import (
    SESSION_DELETED,
    SESSION_LOGGED,
    SessionDeletedData,
    SessionLoggedData,
)


@pytest.fixture(autouse=True)
def empty(db: Database) -> None:
    with db.transaction() as tx:
        tx.execute(text("truncate outbox, published, subject, inbox"))


def logged(person: int, session: int = 1) -> Announcement:
    data = SessionLoggedData(
        session_id=session, meditation_type="mantra", duration=25, date=date(2026, 3, 1)
    )
    return SESSION_LOGGED.about(person, data, actor=person)


def deleted(person: int) -> Announcement:
    data = SessionDeletedData(session_id=1, duration=25, date=date(2026, 3, 1))
    return SESSION_DELETED.about(person, data, actor=person)


def announce(db: Database, *announcements: Announcement) -> None:
    with db.transaction() as tx:
        outbox.announce(tx, *announcements)


def sequences(db: Database, person: int) -> list[int]:
    rows = db.read(
        text("select sequence from outbox where subject = :subject order by id"),
        subject=f"person/{person}",
    )
    return [row.sequence for row in rows]


def test_an_event_is_a_cloudevent_with_all_that_was_said(db: Database) -> None:
    announce(db, logged(7))
    with db.reading() as tx:
        (row,) = outbox.unpublished(tx, 10)
    written = json.loads(outbox.envelope(row))
    envelope = Envelope.model_validate(written)
    assert envelope.type == "practice.session_logged.v1"
    assert (envelope.subject, envelope.sequence, envelope.actor) == ("person/7", 1, 7)
    assert envelope.id.version == 7
    assert re.match(FORM, written["time"])
    assert envelope.data == {
        "session_id": 1,
        "meditation_type": "mantra",
        "duration": 25,
        "date": "2026-03-01",
    }


def test_a_rolled_back_change_announces_nothing_and_leaves_no_gap(db: Database) -> None:
    announce(db, logged(1))
    with pytest.raises(ZeroDivisionError), db.transaction() as tx:
        outbox.announce(tx, logged(1))
        raise ZeroDivisionError
    announce(db, logged(1), deleted(1))
    assert sequences(db, 1) == [1, 2, 3]


def test_subjects_count_for_themselves(db: Database) -> None:
    announce(db, logged(1), logged(2), deleted(1))
    announce(db, logged(2))
    assert (sequences(db, 1), sequences(db, 2)) == ([1, 2], [1, 2])


def test_crossing_writers_neither_block_each_other_nor_leave_gaps(db: Database) -> None:
    def write(turn: int) -> None:
        people = (1, 2, 3) if turn % 2 else (3, 2, 1)
        announce(db, *(logged(person, turn + 1) for person in people))

    for _ in eventlet.GreenPool(8).imap(write, range(40)):
        pass
    for person in (1, 2, 3):
        assert sorted(sequences(db, person)) == list(range(1, 41))


def test_events_go_out_in_the_order_in_which_they_were_said(db: Database) -> None:
    announce(db, logged(2), logged(10), deleted(2), deleted(10))
    with db.reading() as tx:
        told = [(row.subject, row.sequence) for row in outbox.unpublished(tx, 10)]
    assert told == [("person/2", 1), ("person/10", 1), ("person/2", 2), ("person/10", 2)]


def test_a_group_is_announced_by_one_statement(db: Database) -> None:
    written = text("select count(*), count(distinct xmin::text || cmin::text) from outbox")
    announce(db, *(logged(person) for person in range(30)))
    assert tuple(db.read(written)[0]) == (30, 1)
    announce(db)
    assert tuple(db.read(written)[0]) == (30, 1)


def test_subjects_are_taken_in_the_order_of_their_bytes(db: Database) -> None:
    """Writers of one order never wait for each other in a circle, whatever the collation."""
    people = [9, 30, 100, 1000, 99, 200, 31, 1]
    announce(db, *(logged(person) for person in people))
    names = sorted(f"person/{person}" for person in people)
    take = text("select from subject where name = :name for update")
    for nth, name in enumerate(names):
        with db.transaction() as holder:
            holder.execute(take, {"name": name})
            writer = eventlet.spawn(announce, db, *(logged(person) for person in people))
            until_somebody_waits(db)
            with db.transaction() as tx:
                free = tx.execute(text("select name from subject for update skip locked"))
                assert set(names) - set(free.scalars()) == set(names[: nth + 1])
        writer.wait()


def until_somebody_waits(db: Database) -> None:
    waiting = text("select count(*) from pg_locks where not granted")
    with eventlet.Timeout(10):
        while not db.read(waiting)[0][0]:
            eventlet.sleep(0.01)


def test_what_is_marked_is_not_published_again(db: Database) -> None:
    announce(db, logged(1), logged(2))
    with db.transaction() as tx:
        first, _ = outbox.unpublished(tx, 10)
        outbox.mark_published(tx, [first.id])
    with db.reading() as tx:
        assert [row.subject for row in outbox.unpublished(tx, 10)] == ["person/2"]


def test_what_was_published_leaves_the_outbox_and_is_kept(db: Database) -> None:
    announce(db, logged(1), logged(2))
    with db.transaction() as tx:
        first, second = outbox.unpublished(tx, 10)
        outbox.mark_published(tx, [first.id])
    assert [row.id for row in db.read(text("select id from outbox"))] == [second.id]
    (kept,) = db.read(text("select * from published"))
    assert tuple(kept)[:9] == tuple(first)


def test_only_what_is_asked_for_is_looked_at(db: Database) -> None:
    announce(db, logged(1), deleted(1), logged(2))
    with db.reading() as tx:
        first, *_ = rows = outbox.unpublished(tx, 10)
        assert [row.subject for row in rows] == ["person/1", "person/1", "person/2"]
        known = [SESSION_LOGGED.wire_name]
        assert len(outbox.unpublished(tx, 10, types=known)) == 2
        assert len(outbox.unpublished(tx, 10, after=first.id)) == 2
        assert len(outbox.unpublished(tx, 10, types=known, without=[first.id])) == 1
        assert outbox.these(tx, [first.id, 0]) == [first]
        assert outbox.unknown(tx, known) == {SESSION_DELETED.wire_name: 1}


def test_a_handler_takes_an_event_in_once(db: Database) -> None:
    event_id = Envelope.model_validate(_example()).id
    with db.transaction() as tx:
        assert inbox.first_time(tx, "practice.on_logged", event_id)
        assert inbox.first_time(tx, "practice.another", event_id)
    with db.transaction() as tx:
        assert not inbox.first_time(tx, "practice.on_logged", event_id)


def test_an_event_whose_effect_failed_may_be_taken_in_again(db: Database) -> None:
    event_id = Envelope.model_validate(_example()).id
    with pytest.raises(ZeroDivisionError), db.transaction() as tx:
        inbox.first_time(tx, "practice.on_logged", event_id)
        raise ZeroDivisionError
    with db.transaction() as tx:
        assert inbox.first_time(tx, "practice.on_logged", event_id)


def _example() -> dict:
    return {
        "id": "0198c5d2-f3a1-7c51-9d0e-2b6f4a8c1e37",
        "source": "/sakina/practice",
        "type": "practice.session_logged.v1",
        "subject": "person/1",
        "sequence": 1,
        "data": {},
        "time": "2026-03-01T04:30:00Z",
        "dataschema": "/x",
    }


def test_an_older_release_works_on_the_same_tables(db: Database) -> None:
    """It looks for rows without a time, and marks them where they are."""
    announce(db, logged(1), logged(2), logged(3))
    with db.transaction() as tx:
        first = tx.execute(
            text("select id from outbox where published_at is null order by id limit 1")
        ).scalar_one()
        mark = text("update outbox set published_at = now() where id = any(:ids)")
        tx.execute(mark, {"ids": [first]})
    with db.transaction() as tx:
        second, third = outbox.unpublished(tx, 10)
        outbox.mark_published(tx, [second.id])
    assert db.read(text("select id from outbox where published_at is null")) == [(third.id,)]
    assert outbox_ids(db) == [first, third.id]


def outbox_ids(db: Database) -> list[int]:
    return [row.id for row in db.read(text("select id from outbox order by id"))]


def test_what_was_published_about_a_subject_is_forgotten_and_nothing_else(db: Database) -> None:
    announce(db, logged(1), logged(2))
    with db.transaction() as tx:
        rows = outbox.unpublished(tx, 10)
        outbox.mark_published(tx, [row.id for row in rows])
    announce(db, deleted(1))
    with db.transaction() as tx:
        outbox.forget(tx, "person/1")
    left = db.read(
        text(
            "select subject, sequence from outbox union all "
            "select subject, sequence from published order by 1"
        )
    )
    assert [tuple(row) for row in left] == [("person/1", 2), ("person/2", 1)]
    announce(db, logged(1))
    assert db.read(text("select max(sequence) from outbox where subject = 'person/1'"))[0][0] == 3
