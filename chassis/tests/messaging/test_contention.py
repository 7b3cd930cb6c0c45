"""What a database that answers "no" is worth: counted as a failure, and said to callers."""

import pytest
from caller import until
from noted import NOTED, envelope
from sqlalchemy import text

from chassis.data.database import Database
from contracts.refusals import Unavailable


@pytest.fixture
def impatient(settings, behaviour):
    """A database whose statements may take 50 ms."""
    db = Database.connect(settings.database_url, pool_size=2)
    yield db
    db.close()


def time_out(db):
    with db.transaction() as tx:
        tx.ask(text("set local statement_timeout = 50"))
        tx.ask(text("select pg_sleep(5)"))


def lock_time_out(db):
    with db.transaction() as holder:
        holder.ask(text("lock table seen"))
        with db.transaction() as tx:
            tx.ask(text("set local lock_timeout = 50"))
            tx.ask(text("select 1 from seen"))


def deadlock(db):
    with db.transaction() as tx:
        tx.ask(text("do $$ begin raise sqlstate '40P01'; end $$"))


def disk_full(db):
    with db.transaction() as tx:
        tx.ask(text("do $$ begin raise sqlstate '53100'; end $$"))


def broken(db):
    with db.transaction() as tx:
        tx.ask(text("select from nothing_of_that_name"))


@pytest.mark.parametrize("fault", [time_out, lock_time_out, deadlock, broken])
def test_what_the_server_gives_up_is_counted_and_parked(
    service, exchange, behaviour, parked, impatient, fault
):
    behaviour.on_noted = lambda event: fault(impatient)
    exchange(envelope(6))
    told = parked.get(20)
    assert told.headers["x-queue"] == NOTED
    # Four deliveries; whoever lost a deadlock is given a second transaction in each.
    assert len(behaviour.handled) == (8 if fault is deadlock else 4)


@pytest.mark.parametrize("state", ["08006", "57P01", "57P02", "57P03", "53300", "53100"])
def test_a_server_that_is_away_is_not_to_blame(
    service, exchange, behaviour, parked, impatient, state
):
    tries = []

    def away(event):
        tries.append(event)
        if len(tries) < 6:
            with impatient.transaction() as tx:
                tx.ask(text(f"do $$ begin raise sqlstate '{state}'; end $$"))

    behaviour.on_noted = away
    exchange(envelope(6))
    until(lambda: behaviour.noted == [6], 20)
    assert len(tries) == 6
    assert parked.size() == 0


@pytest.mark.parametrize(
    ("fault", "word"),
    [(time_out, "busy"), (lock_time_out, "busy"), (deadlock, "busy"), (disk_full, "room")],
)
def test_a_caller_is_told_to_come_back(service, caller, behaviour, impatient, fault, word):
    behaviour.on_echo = lambda call: fault(impatient)
    told = caller.ask("echo", {"text": "x"})["error"]
    assert told["exc_type"] == Unavailable.code
    assert told["retry_after"]
    assert word in told["value"]


def test_what_is_broken_is_not_said_to_be_busy(service, caller, behaviour, impatient):
    behaviour.on_echo = lambda call: broken(impatient)
    assert caller.ask("echo", {"text": "x"})["error"]["exc_type"] == "unexpected"
