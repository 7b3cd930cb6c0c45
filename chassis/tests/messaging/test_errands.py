"""Errands: taken, carried out side by side without a connection, settled; none is lost."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import eventlet
import pytest
from sqlalchemy import text

from chassis.data.database import Database, Reader, Transaction
from chassis.process.settings import ServiceSettings
from chassis.service.errands import runs_errands
from chassis.service.provider import DatabaseProvider
from chassis.service.run import serving

_DUE = text("select from errand where not leased limit 1")
_TAKE = text(
    """
    update errand set leased = true where id in (
        select id from errand where not leased order by id limit :most for update skip locked
    )
    returning id
    """
)
_SETTLE = text("delete from errand where id = :id and leased")
_GIVE_UP = text("update errand set leased = false where id = :id")
# Whoever is gone had those whose ids are below 0, and they are others' from then on.
_HELD_BY_NOBODY = text("select from errand where id < 0 limit 1")
_LET_GO = text("update errand set leased = false, id = 100 - id where id < 0")
_LEFT = text("select id, leased from errand order by id")
_KILL = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'sakina khatma errands'
"""


class Rows:
    """Errands that are rows of a table; `does` says what each one does."""

    def __init__(self, does: Callable[[int], None]) -> None:
        self._does = does

    def is_due(self, reader: Reader) -> bool:
        return bool(reader.ask(_DUE))

    def take(self, tx: Transaction, most: int) -> Sequence[int]:
        return [row.id for row in tx.ask(_TAKE, most=most)]

    def carry_out(self, taken: int) -> tuple[int, bool]:
        self._does(taken)
        return taken, True

    def give_up(self, taken: int) -> tuple[int, bool]:
        return taken, False

    def settle(self, tx: Transaction, settled: Sequence[tuple[int, bool]]) -> None:
        for row, is_done in settled:
            tx.tell(_SETTLE if is_done else _GIVE_UP, id=row)

    def is_missing(self, reader: Reader) -> bool:
        return bool(reader.ask(_HELD_BY_NOBODY))

    def take_over(self, tx: Transaction) -> None:
        tx.tell(_LET_GO)


@pytest.fixture
def add(postgres: Any, db: Database) -> Callable[[int], None]:
    """Let so many errands be due."""
    owner = Database.connect(postgres.owner_url("khatma"), pool_size=1)
    with owner.transaction() as tx:
        tx.tell(text("drop table if exists errand"))
        tx.tell(text("create table errand (id int primary key, leased bool default false)"))
    owner.close()

    def add(count: int) -> None:
        with db.transaction() as tx:
            tx.tell(text("insert into errand select * from generate_series(1, :n)"), n=count)

    return add


@contextmanager
def runs(
    settings: ServiceSettings, does: Callable[[int], None], at_once: int = 10
) -> Iterator[None]:
    """Run a service that has errands."""

    class Errand:
        name = "khatma"
        db = DatabaseProvider()
        run = runs_errands(lambda _: Rows(does), at_once=at_once)

    with serving(Errand, settings):
        yield


def until(condition: Callable[[], Any]) -> None:
    with eventlet.Timeout(20):
        while not condition():
            eventlet.sleep(0.01)


def test_so_many_are_under_way_and_all_of_them_are_done(
    settings: ServiceSettings, db: Database, add: Any
) -> None:
    under_way, most, done = [0], [0], []

    def does(errand: int) -> None:
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        eventlet.sleep(0.01)
        under_way[0] -= 1
        done.append(errand)

    add(50)
    with runs(settings, does, at_once=7):
        until(lambda: not db.reader.ask(_LEFT))
    assert sorted(done) == list(range(1, 51))
    assert most[0] == 7


def test_one_that_fails_keeps_its_lease_and_stops_no_other(
    settings: ServiceSettings, db: Database, add: Any
) -> None:
    tries = []

    def does(errand: int) -> None:
        tries.append(errand)
        if errand == 3:
            raise ValueError("no such luck")

    add(6)
    with runs(settings, does):
        until(lambda: [row.id for row in db.reader.ask(_LEFT)] == [3])
    assert [tuple(row) for row in db.reader.ask(_LEFT)] == [(3, True)]
    assert tries.count(3) == 1


def test_what_ended_is_settled_though_its_connection_was_lost(
    settings: ServiceSettings, postgres: Any, db: Database, add: Any
) -> None:
    ended = eventlet.event.Event()
    started = []

    def does(errand: int) -> None:
        started.append(errand)
        ended.wait()

    add(4)
    with runs(settings, does):
        until(lambda: len(started) == 4)
        with postgres.connect() as admin, admin.cursor() as cursor:
            cursor.execute(_KILL)
            assert cursor.fetchall()
        ended.send(None)
        until(lambda: not db.reader.ask(_LEFT))
    assert sorted(started) == [1, 2, 3, 4]


def test_what_ended_is_settled_though_nothing_can_be_taken(
    settings: ServiceSettings, db: Database, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Rows.take

    def once(rows: Rows, tx: Transaction, most: int) -> Sequence[int]:
        monkeypatch.setattr(Rows, "take", never)
        return take(rows, tx, most)

    def never(rows: Rows, tx: Transaction, most: int) -> Sequence[int]:
        raise ValueError("no such luck")

    monkeypatch.setattr(Rows, "take", once)
    add(4)
    with runs(settings, lambda _: None, at_once=2):
        until(lambda: [row.id for row in db.reader.ask(_LEFT)] == [3, 4])


def add_of_who_is_gone(db: Database) -> None:
    with db.transaction() as tx:
        tx.tell(text("insert into errand values (-1, true)"))


def test_what_one_had_who_is_gone_is_done_by_another(
    settings: ServiceSettings, db: Database, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.service.errands.LOOK_SECONDS", 0.05)
    done: list[int] = []
    with runs(settings, done.append):
        add(1)
        until(lambda: done == [1])
        add_of_who_is_gone(db)
        until(lambda: done == [1, 101])
        until(lambda: not db.reader.ask(_LEFT))


def test_whoever_has_their_hands_full_looks_who_is_gone(
    settings: ServiceSettings, db: Database, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.service.errands.LOOK_SECONDS", 0.05)
    ended = eventlet.event.Event()
    started: list[int] = []

    def does(errand: int) -> None:
        started.append(errand)
        ended.wait()

    add(2)
    with runs(settings, does, at_once=2):
        until(lambda: len(started) == 2)
        add_of_who_is_gone(db)
        until(lambda: (101, False) in [tuple(row) for row in db.reader.ask(_LEFT)])
        ended.send(None)
        until(lambda: not db.reader.ask(_LEFT))


def test_what_is_due_is_done_though_nobody_can_look_who_is_gone(
    settings: ServiceSettings, db: Database, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(rows: Rows, reader: Reader) -> bool:
        raise ValueError("no such luck")

    monkeypatch.setattr(Rows, "is_missing", never)
    add(4)
    with runs(settings, lambda _: None, at_once=2):
        until(lambda: not db.reader.ask(_LEFT))


def test_what_does_not_end_before_the_service_is_given_back(
    settings: ServiceSettings, db: Database, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.service.errands.LAST_SECONDS", 0.2)
    started = []

    def does(errand: int) -> None:
        started.append(errand)
        eventlet.sleep(0.05 if errand == 1 else 60)

    add(2)
    with runs(settings, does):
        until(lambda: len(started) == 2)
    assert [tuple(row) for row in db.reader.ask(_LEFT)] == [(2, False)]
