"""Failures of one origin are counted one after the other."""

import eventlet
import pytest
from sqlalchemy import text

from auth.domain import throttle
from auth.store import failures
from chassis.process import clock

ORIGIN = "192.0.2.81"
WAITING = text(
    "select 1 from pg_stat_activity where wait_event = 'advisory' and datname = current_database()"
)


@pytest.fixture
def account(desk) -> bytes:
    """An account with room for one failure more."""
    account = desk.an_email().encode()
    with desk.db.transaction() as tx:
        for _ in range(throttle.PER_ACCOUNT_AND_ADDRESS - 1):
            assert failures.add(tx, account, ORIGIN, clock.now()) == 0
    return account


def test_a_failure_that_is_not_committed_yet_counts_for_the_next(desk, account):
    def add() -> int:
        with desk.db.transaction() as tx:
            return failures.add(tx, account, ORIGIN, clock.now())

    with desk.db.transaction() as tx:
        assert failures.add(tx, account, ORIGIN, clock.now()) == 0
        next_one = eventlet.spawn(add)
        with eventlet.Timeout(20):
            while not (next_one.dead or desk.db.reader.ask(WAITING)):
                eventlet.sleep(0.01)
    with eventlet.Timeout(20):
        assert next_one.wait() > 0
