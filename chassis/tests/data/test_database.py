"""Transactions keep or undo; a connection that died is not the caller's trouble."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import eventlet
import psycopg2
import pytest
from eventlet.event import Event
from prometheus_client import REGISTRY
from sqlalchemy import text

from chassis.data.connections import Lent, Saying
from chassis.data.database import Database, Transaction
from chassis.data.dedicated import dedicated
from chassis.data.statements import by_value
from contracts.refusals import Unavailable

Look = Callable[..., list[tuple]]


def write(db: Database, note: str) -> None:
    with db.transaction() as tx:
        tx.tell(text("insert into diary values (:note)"), note=note)


def write_nothing(db: Database) -> None:
    with db.transaction() as tx:
        tx.tell(text("delete from diary"))


def diary(db: Database) -> list[str]:
    return [row.note for row in db.reader.ask(text("select note from diary order by note"))]


def end_connections(postgres, db: Database) -> None:
    own = db.reader.ask(text("select pg_backend_pid()"))[0][0]
    with postgres.connect() as admin, admin.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(%s, 5000)", (own,))


def test_a_transaction_keeps_what_was_done(single: Database) -> None:
    write(single, "kept")
    assert diary(single) == ["kept"]


def test_an_exception_undoes_the_transaction(single: Database) -> None:
    with pytest.raises(ZeroDivisionError), single.transaction() as tx:
        tx.tell(text("insert into diary values ('lost')"))
        tx.ask(text("select 1"))
        raise ZeroDivisionError
    write(single, "kept")
    assert diary(single) == ["kept"]


@pytest.mark.parametrize("at", ["the server", "something else", "something else after it"])
def test_a_greenlet_killed_within_a_transaction_leaves_nothing(single: Database, at: str) -> None:
    reached = Event()

    def slow() -> None:
        with single.transaction() as tx:
            tx.tell(text("insert into diary values ('lost')"))
            if at == "something else after it":
                tx.ask(text("select 1"))
            reached.send()
            if at == "the server":
                tx.ask(text("select pg_sleep(4)"))
            else:
                eventlet.sleep(4)

    victim = eventlet.spawn(slow)
    reached.wait()
    victim.kill()
    write(single, "kept")
    assert diary(single) == ["kept"]


def test_a_read_survives_a_connection_that_died_in_the_pool(single: Database, postgres) -> None:
    end_connections(postgres, single)
    assert diary(single) == []


def test_a_transaction_survives_a_connection_that_died_in_the_pool(
    single: Database, postgres
) -> None:
    end_connections(postgres, single)
    write(single, "kept")
    assert diary(single) == ["kept"]


def test_a_connection_that_dies_within_a_transaction_is_unavailable_and_undone(
    single: Database,
) -> None:
    with pytest.raises(Unavailable) as refused, single.transaction() as tx:
        tx.tell(text("insert into diary values ('lost')"))
        tx.ask(text("select pg_terminate_backend(pg_backend_pid())"))
    assert refused.value.retry_after
    assert diary(single) == []


def test_a_failure_that_the_work_passed_over_is_no_success(single: Database) -> None:
    """The server answers the commit of what failed with a rollback, and calls it no error."""
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction), single.transaction() as tx:
        tx.tell(text("insert into diary values ('lost')"))
        with suppress(psycopg2.errors.UndefinedTable):
            tx.ask(text("select 1 from nowhere"))
    write(single, "kept")
    assert diary(single) == ["kept"]


def test_nor_is_one_of_what_was_prepared_before(single: Database) -> None:
    """Of a new statement that failed all that is prepared is forgotten, which tells it as well."""
    divide = text("select 1 / cast(:by as integer)")
    assert single.transact(lambda tx: tx.ask(divide, by=1)) == [(1,)]

    def pass_over(tx: Transaction) -> None:
        with suppress(psycopg2.errors.DivisionByZero):
            tx.ask(divide, by=0)

    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        single.transact(pass_over)
    assert single.transact(lambda tx: tx.ask(divide, by=1)) == [(1,)]


def test_a_connection_that_dies_in_the_commit_is_unavailable_and_not_tried_again(
    single: Database,
) -> None:
    """Only the server knows whether it was kept; the command's id tells, when it comes again."""
    tries = []

    def work(tx: Transaction) -> None:
        tries.append("a try")
        tx.ask(text("insert into diary values ('lost') returning 1"))
        tx.tell(text("select pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Unavailable):
        single.transact(work)
    assert tries == ["a try"]
    assert diary(single) == []


def test_what_is_told_goes_with_the_next_question_or_the_commit(
    single: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[int] = []
    send = Lent.send

    def counted(lent: Lent, sayings: Sequence[Saying], **words: bytes) -> list[Any]:
        messages.append(len(sayings))
        return send(lent, sayings, **words)

    monkeypatch.setattr(Lent, "send", counted)
    note = text("insert into diary values (:note)")
    with single.transaction() as tx:
        tx.tell(note, note="1")
        tx.tell(note, note="2")
        assert [row.count for row in tx.ask(text("select count(*) from diary"))] == [2]
        tx.tell(note, note="3")
        tx.tell(note, note="4")
    assert messages == [3, 2]
    assert diary(single) == ["1", "2", "3", "4"]


def test_a_transaction_that_says_nothing_takes_no_connection(single: Database) -> None:
    with single.transaction(), single.transaction() as tx:
        tx.ask(text("select 1"))


def test_a_database_that_is_away_is_unavailable() -> None:
    away = Database.connect("postgresql+psycopg2://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Unavailable):
        away.reader.ask(text("select 1"))
    with pytest.raises(Unavailable), away.transaction() as tx:
        tx.ask(text("select 1"))


def test_the_relay_is_woken_after_the_commit_and_not_by_a_failure(single: Database) -> None:
    seen: list[list[str]] = []
    single.after_commit.append(lambda: seen.append(diary(single)))
    write(single, "nothing to publish")
    with single.transaction() as tx:
        tx.announces = True
        tx.tell(text("insert into diary values (:note)"), note="kept")
    with pytest.raises(ZeroDivisionError), single.transaction() as tx:
        tx.announces = True
        raise ZeroDivisionError
    assert seen == [["kept", "nothing to publish"]]


def test_what_is_provided_for_an_effect_comes_before_it(
    single: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent: list[bool] = []
    lend = single.pool.lend
    monkeypatch.setattr(single.pool, "lend", lambda: lent.append(True) or lend())
    note = text("insert into diary values (:note)")

    def effect(asks: bool, tells: bool) -> None:
        with single.transaction() as tx:
            tx.provide(note, note="provided")
            if asks:
                assert [row.note for row in tx.ask(text("select note from diary"))] == ["provided"]
            if tells:
                tx.tell(note, note="told")

    effect(asks=False, tells=False)
    assert lent == []
    for asks, tells in ((True, True), (True, False), (False, True)):
        effect(asks, tells)
        assert diary(single) == ["provided", "told"][: 1 + tells]
        write_nothing(single)


def test_a_greenlet_killed_within_a_read_leaves_nothing_on_its_connection(
    single: Database, look: Look
) -> None:
    victim = eventlet.spawn(single.reader.ask, by_value("select pg_sleep(4)"))
    until_it_sleeps(look)
    victim.kill()
    assert [row.one for row in single.reader.ask(text("select 1 as one"))] == [1]


def until_it_sleeps(look: Look) -> None:
    sleeping = (
        "select 1 from pg_stat_activity where wait_event = 'PgSleep'"
        " and datname = current_database()"
    )
    with eventlet.Timeout(10):
        while not look(sleeping):
            eventlet.sleep(0.01)


def test_a_connection_of_ones_own_is_never_replaced(postgres, single: Database) -> None:
    """The lock that it holds would be another's by then."""
    url = postgres.owner_url("practice")
    free = text("select pg_try_advisory_lock(4711, 1) as mine")
    own = text("select pg_backend_pid() as pid")
    with dedicated(url, name="sakina test", options="-c synchronous_commit=off") as reader:
        assert reader.ask(free)[0].mine
        first = reader.ask(own)[0].pid
        assert [reader.ask(own)[0].pid for _ in range(3)] == [first] * 3
        assert reader.ask(text("show synchronous_commit"))[0][0] == "off"
        assert not single.reader.ask(free)[0].mine
        with postgres.connect() as admin, admin.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s, 5000)", (first,))
        for _ in range(2):
            with pytest.raises(psycopg2.Error):
                reader.ask(own)


def test_a_connection_of_ones_own_ends_with_its_block(postgres, look: Look) -> None:
    name = "sakina test that ends"
    here = "select count(*) from pg_stat_activity where application_name = %s"
    with dedicated(postgres.owner_url("practice"), name=name, options="") as reader:
        reader.ask(text("select 1"))
        assert look(here, name) == [(1,)]
    with eventlet.Timeout(10):
        while look(here, name) != [(0,)]:
            eventlet.sleep(0.01)


def test_who_waits_for_a_connection_is_counted_and_who_needs_not_is_not(single: Database) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("sakina_pool_wait_seconds_count") or 0.0

    before = counted()
    diary(single)
    assert counted() == before
    with single.transaction() as tx:
        tx.ask(text("select 1"))
        waiting = eventlet.spawn(diary, single)
        eventlet.sleep(0)
        assert not waiting.dead
    waiting.wait()
    assert counted() == before + 1


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("select cast(cast(:note as text) as bigint)", "invalid input syntax for type bigint: …"),
        ("select now() at time zone cast(:note as text)", "time zone …"),
        (
            "insert into diary values (:note)",
            'new row for relation "diary" violates check constraint "diary_note_check"',
        ),
        ("insert into nowhere values (:note)", 'relation "nowhere" does not exist'),
    ],
)
def test_what_the_database_refuses_is_not_repeated(
    single: Database, statement: str, says: str
) -> None:
    """Errors end up in logs: they name our constraints, not what people wrote."""
    with single.transaction() as tx:
        tx.tell(text("alter table diary add check (note = 'no')"))
    with pytest.raises(psycopg2.Error) as refused:
        single.reader.ask(text(statement), note="a-secret-wish")
    assert str(refused.value) == says
    assert refused.value.pgcode
