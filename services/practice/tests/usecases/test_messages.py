"""How often the database is asked by what people do most."""

import eventlet
import pytest

from chassis.process import clock
from chassis.testing import until_locked_out
from practice.domain.totals import Facts
from practice.store import sessions
from practice.store.people import people
from practice.store.sessions import Session

pytestmark = pytest.mark.usefixtures("noon")


def test_a_new_session_is_two_messages(person, messages):
    layla = person(7)
    layla.log()
    assert messages(layla.log) == 2
    assert messages(lambda: person(8).log()) == 3, "who is new is remembered first"


def test_a_session_that_waits_for_a_clearing_comes_after_it(person, db):
    """Clearing hides all ids up to the newest; one that was given before the wait would be lost."""
    layla = person(7)
    layla.log()
    with db.transaction() as tx:
        people.lock(tx, layla.actor)
        logging = eventlet.spawn(layla.log, 25)
        until_locked_out(db)
        number, _ = people.lock_and_number(tx, layla.actor)
        now = clock.now()
        facts = vars(Facts("mindfulness", 5, now.date()))
        sessions.add(
            tx, layla.id, Session(number, **facts, notes="", created_at=now, updated_at=now)
        )
        sessions.clear(tx, layla.id)
    logged = logging.wait()
    assert [found["id"] for found in layla.sessions()["results"]] == [logged["id"]]
