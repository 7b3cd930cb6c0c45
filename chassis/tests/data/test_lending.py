"""Connections are kept at hand between loans, and nobody waits for one that lies there."""

import eventlet
import pytest
from eventlet.event import Event
from sqlalchemy import text

from chassis.data.connections import Lent
from chassis.data.database import Database

PID = text("select pg_backend_pid() as pid")


def pid(lent: Lent) -> int:
    return lent.send([(PID, {})])[0].pid


def test_what_is_given_back_is_lent_next(db: Database) -> None:
    first, second = db.pool.lend(), db.pool.lend()
    assert (db.pool.in_use, pid(first) == pid(second)) == (2, False)
    db.pool.give_back(second)
    db.pool.give_back(first)
    assert db.pool.in_use == 0
    assert db.pool.lend() is first
    assert db.pool.in_use == 1
    db.pool.give_back(first)


def test_who_waits_is_given_what_comes_back(single: Database) -> None:
    lent = single.pool.lend()
    waits = eventlet.spawn(single.reader.ask, PID)
    eventlet.sleep(0)
    known = pid(lent)
    single.pool.give_back(lent)
    with eventlet.Timeout(5):
        assert waits.wait()[0].pid == known
    assert single.pool.in_use == 0


@pytest.mark.parametrize("lies", [True, False], ids=["at hand", "lent"])
def test_what_was_connected_before_a_renewal_is_lent_no_more(single: Database, lies: bool) -> None:
    lent = single.pool.lend()
    old = pid(lent)
    if lies:
        single.pool.give_back(lent)
    single.pool.renew()
    if not lies:
        single.pool.give_back(lent)
    assert single.pool.in_use == 0
    assert single.reader.ask(PID)[0].pid != old
    assert single.pool.in_use == 0


def test_one_that_ended_is_replaced(single: Database) -> None:
    lent = single.pool.lend()
    old = pid(lent)
    lent.drop()
    single.pool.give_back(lent)
    assert single.reader.ask(PID)[0].pid != old


def test_never_more_are_made_than_there_may_be(single: Database) -> None:
    at_once, seen = 5, []
    together = Event()

    def ask() -> None:
        together.wait()
        seen.append(single.reader.ask(PID)[0].pid)

    asking = [eventlet.spawn(ask) for _ in range(at_once)]
    together.send()
    with eventlet.Timeout(10):
        for each in asking:
            each.wait()
    assert (len(seen), len(set(seen)), single.pool.size) == (at_once, 1, 1)
