"""What is no longer needed goes; what is needed stays."""

from contextlib import ExitStack

import eventlet
import pytest
from sqlalchemy import text

from chassis.data import retention
from chassis.data.database import Database
from chassis.service.health import health
from chassis.testing import until_locked_out
from contracts.health import health_of

HEALTH = health_of("practice")
OUTBOX = """
insert into outbox (event_id, type, subject, sequence, occurred_at, data, published_at)
select gen_random_uuid(), 'x', cast(:subject as text), n, now(), '{}',
       now() - make_interval(days => cast(:days as integer))
from generate_series(1, :count) as n
"""
HELD_UP = text(
    "select 1 from pg_stat_activity where cast(:by as integer) = any(pg_blocking_pids(pid))"
)
DELETE = text(
    "delete from outbox where id in (select id from outbox order by id limit :batch"
    " for update skip locked) returning 1"
)


@pytest.fixture(autouse=True)
def empty(db: Database) -> None:
    with db.transaction() as tx:
        tx.tell(text("truncate outbox, published, inbox, command"))


def count(db: Database, table: str) -> int:
    return db.reader.ask(text(f"select count(*) from {table}"))[0][0]


def publish(db: Database, subject: str, days: int | None, count: int) -> None:
    with db.transaction() as tx:
        tx.tell(text(OUTBOX), subject=subject, days=days, count=count)


def test_published_events_go_after_a_day_and_unpublished_ones_never(db: Database) -> None:
    publish(db, "old", 2, 2500)
    publish(db, "new", 0, 3)
    publish(db, "waiting", None, 4)
    assert retention.sweep(db) == 2500
    assert count(db, "outbox") == 7


def test_events_that_left_the_outbox_go_after_a_day(db: Database) -> None:
    publish(db, "old", 2, 2500)
    publish(db, "new", 0, 3)
    with db.transaction() as tx:
        tx.tell(text("insert into published select * from outbox"))
        tx.tell(text("delete from outbox"))
    assert retention.sweep(db) == 2500
    assert count(db, "published") == 3


def test_expired_commands_and_old_inbox_rows_go(db: Database) -> None:
    with db.transaction() as tx:
        tx.tell(text("insert into command values ('old', 1, '', '{}', now() - interval '1 s')"))
        tx.tell(text("insert into command values ('new', 1, '', '{}', now() + interval '1 h')"))
        tx.tell(
            text(
                "insert into inbox select 'h', gen_random_uuid(), now() - interval '31 days'"
                " union all select 'h', gen_random_uuid(), now() - interval '29 days'"
            )
        )
    assert retention.sweep(db) == 2
    assert (count(db, "command"), count(db, "inbox")) == (1, 1)


def test_what_is_renewed_while_it_is_swept_stays(db: Database) -> None:
    """Somebody publishes old events once more, as after a restore: none may go meanwhile."""
    publish(db, "old", 2, 1)
    with db.transaction() as tx:
        tx.ask(text("update outbox set published_at = null"))
        sweeping = eventlet.spawn(retention.sweep, db)
        until_locked_out(db)
    assert sweeping.wait() == 0
    assert count(db, "outbox") == 1


def test_a_sweep_beside_another_ends_when_nothing_is_left(db: Database) -> None:
    """One waits for a batch that the other deletes, and finds it gone: more lies behind it."""
    publish(db, "old", 2, retention.BATCH + 500)
    with db.transaction() as other:
        other.ask(
            text("delete from outbox where id in (select id from outbox order by id limit :batch)"),
            batch=retention.BATCH,
        )
        sweeping = eventlet.spawn(retention.sweep, db)
        until_locked_out(db)
    assert sweeping.wait() == 500
    assert count(db, "outbox") == 0


def test_a_sweep_that_loses_again_and_again_goes_on(db: Database) -> None:
    """What is done again once by itself may lose once more, to another one."""
    publish(db, "old", 2, retention.BATCH + 500)
    with ExitStack() as first, ExitStack() as second:
        others = [delete_a_batch(db, stack) for stack in (first, second)]
        sweeping = eventlet.spawn(retention.sweep, db)
        for stack, other in zip((first, second), others, strict=True):
            with eventlet.Timeout(10):
                while not db.reader.ask(HELD_UP, by=other):
                    eventlet.sleep(0.01)
            stack.close()
        assert sweeping.wait() == 0
    assert count(db, "outbox") == 0


def delete_a_batch(db: Database, stack: ExitStack) -> int:
    """Delete a batch that nobody else does, until `stack` ends; return by which connection."""
    tx = stack.enter_context(db.transaction())
    tx.ask(DELETE, batch=retention.BATCH)
    return int(tx.ask(text("select pg_backend_pid()"))[0][0])


def test_health_tells_of_the_database_and_of_what_waits(db: Database) -> None:
    publish(db, "waiting", None, 4)
    db.aside.reader.ask(text("select 1"))  # connected: its half second is for the answer alone
    told = health(db, HEALTH.call(body={}), name="practice")
    assert (told.service, told.database, told.outbox) == ("practice", True, 4)


def test_health_without_a_database_is_an_answer_too() -> None:
    away = Database.connect("postgresql+psycopg2://nobody@127.0.0.1:1/nothing")
    assert health(away, HEALTH.call(body={}), name="practice").database is False
