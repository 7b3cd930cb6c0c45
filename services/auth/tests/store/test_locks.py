"""Sessions are locked in the order of their ids, so that no two requests wait in a circle."""

import secrets
from contextlib import closing, suppress

import eventlet
import pytest
from sqlalchemy import text

from auth.credentials import tokens
from auth.store import sessions
from chassis.process import clock
from chassis.testing import until_locked_out

UNLOCKED = """
    select sid from auth.session where user_id = %s order by sid for update skip locked
"""


@pytest.fixture
def backwards(desk, monkeypatch):
    """A person whose sessions lie in their table in the opposite order of their ids."""
    own = secrets.token_hex(15)
    sids = [f"{own}{number:02x}" for number in range(6)]
    newest = iter(reversed(sids))
    monkeypatch.setattr(tokens, "new_sid", lambda: next(newest))
    person = desk.newcomer()
    for _ in sids[1:]:
        desk.another_session(person)
    return person, sids


def end_named(tx, user, sids):
    sessions.end(tx, user, list(reversed(sids)), clock.now())


def end_others(tx, user, sids):
    sessions.end_others(tx, user, "another", clock.now())


def end_oldest(tx, user, sids):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sessions, "MOST_FOR_ONE", 0)
        sessions.end_oldest(tx, user, clock.now())


@pytest.mark.parametrize("end", [end_named, end_others, end_oldest])
def test_whoever_waits_for_a_session_holds_those_before_it_alone(desk, postgres, backwards, end):
    person, sids = backwards

    def ending(for_good):
        with suppress(Undone), desk.db.transaction() as tx:
            end(tx, person.id, sids)
            tx.ask(text("select 1"))
            if not for_good:
                raise Undone

    # Not as a context of its own, which would be one transaction, and hold what it looks at.
    with closing(postgres.connect()) as watch, watch.cursor() as cursor:
        # Each in turn: some order that is none may begin with the right one.
        for nth, sid in enumerate(sids):
            with desk.db.transaction() as tx:
                tx.ask(text("select 1 from session where sid = :sid for update"), sid=sid)
                waiter = eventlet.spawn(ending, for_good=False)
                until_locked_out(desk.db)
                cursor.execute(UNLOCKED, [person.id])
                assert [free for (free,) in cursor.fetchall()] == sids[nth + 1 :]
            with eventlet.Timeout(20):
                waiter.wait()
        ending(for_good=True)
        cursor.execute("select count(*) from auth.session where user_id = %s", [person.id])
        assert cursor.fetchone() == (0,)


class Undone(Exception):
    """Takes back what was ended."""
