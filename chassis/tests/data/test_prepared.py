"""What is prepared on a connection may be gone or changed; nothing half-done is ever committed."""

from collections.abc import Callable

import eventlet
import pytest
from sqlalchemy import text

from chassis.data import database
from chassis.data.away import Contention
from chassis.data.database import Database, Transaction
from chassis.data.statements import by_value, written

WRITE = text("insert into diary (note) values (:note) returning *")
READ = text("select note from diary order by note")


def write(tx: Transaction, note: str = "kept") -> None:
    tx.ask(WRITE, note=note)


def diary(db: Database) -> list[str]:
    return [row.note for row in db.reader.ask(READ)]


def prepared(db: Database) -> int:
    return db.reader.ask(by_value("select count(*) from pg_prepared_statements"))[0].count


def change_table(postgres) -> None:
    """Do what a migration does."""
    with postgres.connect() as migrator, migrator.cursor() as cursor:
        cursor.execute("alter table practice.diary add column written_at timestamptz")


def say_by_hand(db: Database, sql: str) -> None:
    """Say something on the one connection that we do not know of, as a pooler's other clients."""
    lent = db.pool.lend()
    with lent._driver.cursor() as cursor:
        cursor.execute(sql)
    db.pool.give_back(lent)


def test_a_statement_is_prepared_once(single: Database) -> None:
    for _ in range(3):
        single.transact(write)
    assert prepared(single) == 1
    assert diary(single) == ["kept"] * 3
    assert prepared(single) == 2


# A connection that a pooler swapped


def test_a_swapped_connection_is_not_the_callers_trouble(single: Database) -> None:
    single.transact(write)
    say_by_hand(single, "deallocate all")
    single.transact(write)
    assert diary(single) == ["kept", "kept"]
    say_by_hand(single, "deallocate all")
    assert diary(single) == ["kept", "kept"]


def test_the_name_of_a_statement_says_which_one_it_is() -> None:
    """Else a connection on which another process prepared its own would carry out that."""
    assert written(text(WRITE.text)).name == written(WRITE).name
    assert written(text(READ.text)).name != written(WRITE).name


def test_a_statement_that_another_process_prepared_is_not_the_callers_trouble(
    single: Database,
) -> None:
    for statement in (WRITE, READ):
        say_by_hand(single, written(statement).preparation.decode())
    single.transact(write)
    assert diary(single) == ["kept"]


def test_a_connection_swapped_within_a_transaction_does_its_work_once(single: Database) -> None:
    tries = []

    def work(tx: Transaction) -> None:
        tries.append("a try")
        tx.ask(text("insert into diary (note) values ('first')"))
        if len(tries) == 1:
            tx.ask(text("deallocate all"))
        write(tx, "second")

    single.transact(write)
    single.transact(work)
    assert len(tries) == 2
    assert diary(single) == ["first", "kept", "second"]


def test_work_that_cannot_be_done_again_is_refused_by_a_swapped_connection(
    single: Database,
) -> None:
    """A caller is told to come back; no failure of ours travels."""
    single.transact(write)
    with pytest.raises(Contention) as refused, single.transaction() as tx:
        tx.ask(text("insert into diary (note) values ('lost')"))
        tx.ask(text("deallocate all"))
        write(tx, "lost too")
    assert refused.value.transient
    single.transact(write)
    assert diary(single) == ["kept", "kept"]


# A prepared statement that a migration made invalid


def test_a_table_that_changed_is_not_the_callers_trouble(single: Database, postgres) -> None:
    single.transact(write)
    change_table(postgres)
    single.transact(write)
    assert diary(single) == ["kept", "kept"]


def test_a_reader_goes_on_over_a_table_that_changed(single: Database, postgres) -> None:
    everything = text("select * from diary")
    single.transact(write)
    assert [tuple(row) for row in single.reader.ask(everything)] == [("kept",)]
    change_table(postgres)
    assert [tuple(row) for row in single.reader.ask(everything)] == [("kept", None)]


def test_a_table_that_changes_within_a_transaction_is_written_once(
    single: Database, postgres
) -> None:
    """What was told before goes with it, and comes again with it."""
    tries = []

    def work(tx: Transaction) -> None:
        tries.append("a try")
        tx.ask(text("select 1"))
        if len(tries) == 1:
            change_table(postgres)
        tx.tell(text("insert into diary (note) values ('first')"))
        write(tx, "second")

    single.transact(write)
    single.transact(work)
    assert len(tries) == 2
    assert diary(single) == ["first", "kept", "second"]


# A message of several statements, cancelled or refused in its middle


@pytest.mark.parametrize("patience", ["statement_timeout", "lock_timeout"])
@pytest.mark.parametrize("last", ["ask", "commit"])
def test_a_time_out_in_the_middle_of_a_message_leaves_nothing(
    single: Database, postgres, patience: str, last: str
) -> None:
    with postgres.connect() as admin, admin.cursor() as cursor:
        cursor.execute("begin; select pg_advisory_xact_lock(4711)")
        with pytest.raises(Contention) as refused, single.transaction() as tx:
            tx.ask(text(f"set local {patience} = '50ms'"))
            tx.tell(text("insert into diary (note) values ('lost')"))
            tx.tell(text("select pg_advisory_xact_lock(4711)"))
            tx.tell(text("insert into diary (note) values ('lost too')"))
            if last == "ask":
                tx.ask(READ)
        assert not refused.value.transient
        cursor.execute("rollback")
    single.transact(write)
    assert diary(single) == ["kept"]


def test_a_time_out_leaves_nothing_of_what_a_reader_does_in_one_message(
    single: Database, postgres
) -> None:
    """Its preparation goes with the statement: neither is left."""
    slow = text("with new as (select pg_sleep(5)) insert into diary select 'lost' from new")
    say_by_hand(single, "set statement_timeout = '50ms'")
    for _ in range(2):
        with pytest.raises(Contention):
            single.reader.ask(slow)
    assert diary(single) == []


def test_a_refusal_within_the_last_message_commits_nothing(single: Database) -> None:
    with pytest.raises(Exception, match="division by zero"), single.transaction() as tx:
        write(tx, "lost")
        tx.tell(text("insert into diary (note) values ('lost too')"))
        tx.tell(
            text("insert into diary (note) select cast(1 / cast(:zero as int) as text)"), zero=0
        )
        tx.tell(text("insert into diary (note) values ('lost as well')"))
    single.transact(write)
    assert diary(single) == ["kept"]


def test_a_value_that_is_not_there_says_nothing(single: Database) -> None:
    with pytest.raises(KeyError), single.transaction() as tx:
        tx.tell(text("insert into diary (note) values ('lost')"))
        tx.ask(WRITE)
    single.transact(write)
    assert diary(single) == ["kept"]


# A deadlock


def test_who_loses_a_deadlock_tries_again(postgres, single: Database, monkeypatch) -> None:
    # On a busy machine who won may need longer to take what was let go: then both lose once more.
    monkeypatch.setattr(database, "_LET_OTHERS_SECONDS", (1.0, 1.0))
    db = Database.connect(postgres.owner_url("practice"), pool_size=2)
    single.transact(lambda tx: (write(tx, "a"), write(tx, "b")))
    touch = text("update diary set note = note where note = :note returning 1")
    tries: list[str] = []

    def crossing(first: str, second: str) -> None:
        def work(tx: Transaction) -> None:
            tx.ask(touch, note=first)
            tries.append(first)
            with eventlet.Timeout(10):
                while len(tries) < 2:
                    eventlet.sleep(0)
            tx.ask(touch, note=second)

        db.transact(work)

    both = [eventlet.spawn(crossing, "a", "b"), eventlet.spawn(crossing, "b", "a")]
    for each in both:
        each.wait()
    assert len(tries) == 3
    db.close()


# A greenlet killed inside a transaction


@pytest.mark.parametrize("at", ["the commit", "a question", "the first message"])
def test_a_killed_greenlet_leaves_nothing_and_its_connection_to_nobody(
    single: Database, look: Callable[..., list[tuple]], at: str
) -> None:
    def slow() -> None:
        with single.transaction() as tx:
            if at != "the first message":
                write(tx, "lost")
            tx.tell(text("insert into diary (note) values ('lost too')"))
            tx.tell(text("select pg_sleep(10)"))
            if at != "the commit":
                tx.ask(READ)

    victim = eventlet.spawn(slow)
    sleeping = (
        "select pid from pg_stat_activity where wait_event = 'PgSleep'"
        " and datname = current_database()"
    )
    with eventlet.Timeout(10):
        while not look(sleeping):
            eventlet.sleep(0.01)
    victim.kill()
    single.transact(write)
    assert diary(single) == ["kept"]
    # The server may still be asleep; cancelled by its end, it keeps nothing either.
    for (pid,) in look(sleeping):
        look("select pg_terminate_backend(%s, 5000)", pid)
    assert diary(single) == ["kept"]
