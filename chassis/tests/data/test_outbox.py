"""Events are written with their change, in an order for each subject."""

import json
import re
from datetime import date
from functools import partial
from uuid import UUID

import eventlet
import pytest
from psycopg2.errors import UniqueViolation
from sqlalchemy import text

from chassis.data import inbox, outbox
from chassis.data.database import Database, Transaction
from chassis.data.dedicated import dedicated
from chassis.data.statements import by_value
from chassis.events.relay import SESSION
from chassis.testing import until_locked_out
from contracts.events import Announcement, Envelope
from contracts.moments import FORM
from contracts.practice.events import (
    SESSION_DELETED,
    SESSION_LOGGED,
    SessionDeletedData,
    SessionLoggedData,
)

MOVED = text("select subject from published order by id")


@pytest.fixture(autouse=True)
def empty(db: Database) -> None:
    with db.transaction() as tx:
        tx.tell(text("truncate outbox, published, subject, inbox"))


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


def test_a_transaction_that_announces_wakes_the_relay_and_no_other_does(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[list[int]] = []
    monkeypatch.setattr(db, "after_commit", [lambda: woken.append(sequences(db, 1))])
    announce(db, logged(1))
    announce(db)
    assert woken == [[1]]


def sequences(db: Database, person: int) -> list[int]:
    rows = db.reader.ask(
        text("select sequence from outbox where subject = :subject order by id"),
        subject=f"person/{person}",
    )
    return [row.sequence for row in rows]


def test_an_event_is_a_cloudevent_with_all_that_was_said(db: Database) -> None:
    announce(db, logged(7))
    (row,) = outbox.unpublished(db.reader, 10)
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


def test_what_is_announced_wakes_who_publishes_and_nothing_else_does(db: Database) -> None:
    woken: list[int] = []
    wake = partial(woken.append, 1)
    db.after_commit.append(wake)
    announce(db)
    assert woken == []
    announce(db, logged(1))
    db.after_commit.remove(wake)
    assert woken == [1]


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
    told = [(row.subject, row.sequence) for row in outbox.unpublished(db.reader, 10)]
    assert told == [("person/2", 1), ("person/10", 1), ("person/2", 2), ("person/10", 2)]


def test_a_group_is_announced_by_one_statement(db: Database) -> None:
    written = text("select count(*), count(distinct xmin::text || cmin::text) from outbox")
    announce(db, *(logged(person) for person in range(30)))
    assert tuple(db.reader.ask(written)[0]) == (30, 1)
    announce(db)
    assert tuple(db.reader.ask(written)[0]) == (30, 1)


def test_subjects_are_taken_in_the_order_of_their_bytes(db: Database) -> None:
    """Writers of one order never wait for each other in a circle, whatever the collation."""
    people = [9, 30, 100, 1000, 99, 200, 31, 1]
    announce(db, *(logged(person) for person in people))
    names = sorted(f"person/{person}" for person in people)
    take = text("select 1 from subject where name = :name for update")
    for nth, name in enumerate(names):
        with db.transaction() as holder:
            holder.ask(take, name=name)
            writer = eventlet.spawn(announce, db, *(logged(person) for person in people))
            until_locked_out(db)
            with db.transaction() as tx:
                rows = tx.ask(text("select name from subject for update skip locked"))
                assert set(names) - {row.name for row in rows} == set(names[: nth + 1])
        writer.wait()


def test_what_is_marked_is_not_published_again(db: Database) -> None:
    announce(db, logged(1), logged(2))
    with db.transaction() as tx:
        first, _ = outbox.unpublished(tx, 10)
        outbox.mark_published(tx, [first.id])
    assert [row.subject for row in outbox.unpublished(db.reader, 10)] == ["person/2"]


def test_what_was_published_leaves_the_outbox_and_is_kept(db: Database) -> None:
    announce(db, logged(1), logged(2))
    with db.transaction() as tx:
        first, second = outbox.unpublished(tx, 10)
        outbox.mark_published(tx, [first.id])
    assert [row.id for row in db.reader.ask(text("select id from outbox"))] == [second.id]
    (kept,) = db.reader.ask(text("select * from published"))
    assert tuple(kept)[:9] == tuple(first)


def test_only_what_is_asked_for_is_looked_at(db: Database) -> None:
    announce(db, logged(1), deleted(1), logged(2))
    first, *_ = rows = outbox.unpublished(db.reader, 10)
    assert [row.subject for row in rows] == ["person/1", "person/1", "person/2"]
    known = [SESSION_LOGGED.wire_name]
    assert len(outbox.unpublished(db.reader, 10, types=known)) == 2
    assert len(outbox.unpublished(db.reader, 10, after=first.id)) == 2
    assert len(outbox.unpublished(db.reader, 10, types=known, without=[first.id])) == 1
    assert outbox.these(db.reader, [first.id, 0]) == [first]
    assert outbox.unknown(db.reader, known) == {SESSION_DELETED.wire_name: 1}


def test_what_was_confirmed_is_moved_by_the_next_look(db: Database) -> None:
    for person in (1, 2, 3):
        announce(db, logged(person))
    first, second, third = outbox.unpublished(db.reader, 10)
    with pytest.raises(ZeroDivisionError), db.transaction() as tx:
        assert outbox.unpublished(tx, 10, confirmed=[first.id, second.id]) == [third]
        raise ZeroDivisionError
    assert db.reader.ask(MOVED) == []
    assert outbox.unpublished(db.reader, 10, confirmed=[first.id, second.id]) == [third]
    assert [row.subject for row in db.reader.ask(MOVED)] == ["person/1", "person/2"]


def take_in(db: Database, handler: str, event_id: UUID, effect=lambda: None) -> bool:
    """Let `handler` take the event in; return whether it took effect now."""

    def work(tx: Transaction) -> None:
        inbox.take_in(tx, handler, event_id)
        effect()

    return inbox.once(db, work)


def test_a_handler_takes_an_event_in_once(db: Database) -> None:
    event_id = Envelope.model_validate(_example()).id
    assert take_in(db, "practice.on_logged", event_id)
    assert take_in(db, "practice.another", event_id)
    assert not take_in(db, "practice.on_logged", event_id)


def test_a_repeat_that_is_told_late_undoes_its_effect(db: Database) -> None:
    """Nothing that a use case does before the key is met remains."""
    event_id = Envelope.model_validate(_example()).id
    assert take_in(db, "practice.on_logged", event_id)

    def work(tx: Transaction) -> None:
        outbox.announce(tx, logged(1))
        tx.ask(text("select 1"))
        inbox.take_in(tx, "practice.on_logged", event_id)

    assert not inbox.once(db, work)
    assert outbox.unpublished(db.reader, 10) == []


def test_two_deliveries_at_once_take_effect_once(db: Database) -> None:
    event_id = Envelope.model_validate(_example()).id

    def work(tx: Transaction) -> None:
        inbox.take_in(tx, "practice.on_logged", event_id)
        outbox.announce(tx, logged(1))

    told = list(eventlet.GreenPool(8).imap(lambda _: inbox.once(db, work), range(8)))
    assert sorted(told) == [False] * 7 + [True]
    assert sequences(db, 1) == [1]


def test_a_key_that_is_not_the_inboxs_is_no_repeat(db: Database) -> None:
    event_id = Envelope.model_validate(_example()).id
    again = text("insert into subject (name, last) values ('person/1', 1)")

    def work(tx: Transaction) -> None:
        inbox.take_in(tx, "practice.on_logged", event_id)
        tx.ask(again)
        tx.ask(again)

    with pytest.raises(UniqueViolation):
        inbox.once(db, work)
    assert take_in(db, "practice.on_logged", event_id)


def test_an_event_whose_effect_failed_may_be_taken_in_again(db: Database) -> None:
    event_id = Envelope.model_validate(_example()).id
    with pytest.raises(ZeroDivisionError):
        take_in(db, "practice.on_logged", event_id, effect=lambda: 1 / 0)
    assert take_in(db, "practice.on_logged", event_id)


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


ROWS_READ = text(
    """
    select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables
    where schemaname = current_schema() and relname = 'outbox'
    """
)


def test_a_relay_that_began_with_one_row_reads_no_more_rows_than_it_takes(db, postgres):
    with dedicated(postgres.owner_url("practice"), name="a relay", options=SESSION) as own:

        def rows_read() -> int:
            own.ask(text("select pg_stat_force_next_flush()"))
            return own.ask(ROWS_READ)[0][0]

        announce(db, logged(1))
        db.reader.ask(text("analyze outbox"))
        outbox.mark_published(own, [row.id for row in outbox.unpublished(own, 10)])
        announce(db, *map(logged, range(1, 5001)))
        before = rows_read()
        taken = [row.id for row in outbox.unpublished(own, 10)]
        outbox.unpublished(own, 10, confirmed=taken)
        assert len(taken) == 10
        assert rows_read() - before <= 30


def test_an_older_release_works_on_the_same_tables(db: Database) -> None:
    """It looks for rows without a time, and marks them where they are."""
    announce(db, logged(1), logged(2), logged(3))
    with db.transaction() as tx:
        look = text("select id from outbox where published_at is null order by id limit 1")
        (first,) = tx.ask(look)[0]
        mark = by_value("update outbox set published_at = now() where id = any(:ids)")
        tx.tell(mark, ids=[first])
    with db.transaction() as tx:
        second, third = outbox.unpublished(tx, 10)
        outbox.mark_published(tx, [second.id])
    assert db.reader.ask(text("select id from outbox where published_at is null")) == [(third.id,)]
    assert outbox_ids(db) == [first, third.id]


def outbox_ids(db: Database) -> list[int]:
    return [row.id for row in db.reader.ask(text("select id from outbox order by id"))]


def test_what_was_published_about_a_subject_is_forgotten_and_nothing_else(db: Database) -> None:
    announce(db, logged(1), logged(2))
    with db.transaction() as tx:
        rows = outbox.unpublished(tx, 10)
        outbox.mark_published(tx, [row.id for row in rows])
    announce(db, deleted(1))
    with db.transaction() as tx:
        outbox.forget(tx, "person/1")
    left = db.reader.ask(
        text(
            "select subject, sequence from outbox union all "
            "select subject, sequence from published order by 1"
        )
    )
    assert [tuple(row) for row in left] == [("person/1", 2), ("person/2", 1)]
    announce(db, logged(1))
    assert sequences(db, 1) == [2, 3]


def publish_all(db: Database) -> None:
    outbox.mark_published(db.reader, [row.id for row in outbox.unpublished(db.reader, 100)])


def test_what_was_published_is_put_back_as_it_was(db: Database, monkeypatch) -> None:
    monkeypatch.setattr(outbox, "PUT_BACK_BATCH", 2)
    announce(db, *(logged(person) for person in range(1, 6)))
    before = [outbox.envelope(row) for row in outbox.unpublished(db.reader, 100)]
    publish_all(db)
    announce(db, logged(9))
    assert outbox.put_back(db) == 5
    again = [outbox.envelope(row) for row in outbox.unpublished(db.reader, 100)]
    assert again[:5] == before
    assert len(again) == 6


def test_what_a_former_release_marked_is_put_back_too(db: Database) -> None:
    announce(db, logged(1), logged(2))
    with db.transaction() as tx:
        tx.tell(text("update outbox set published_at = now() - interval '1 hour'"))
    assert outbox.put_back(db) == 2
    assert len(outbox.unpublished(db.reader, 100)) == 2


def test_putting_back_ends_beside_a_relay_that_publishes_at_once(db: Database, monkeypatch) -> None:
    """What went out meanwhile is not put back a second time, or the two would never end."""
    monkeypatch.setattr(outbox, "PUT_BACK_BATCH", 1)
    announce(db, logged(1), logged(2), logged(3))
    publish_all(db)
    asked = db.reader.ask

    def ask_and_publish(statement, **values):
        rows = asked(statement, **values)
        if rows and "batch" in values:
            publish_all(db)
        return rows

    monkeypatch.setattr(db.reader, "ask", ask_and_publish)
    with eventlet.Timeout(20):
        assert outbox.put_back(db) == 3
