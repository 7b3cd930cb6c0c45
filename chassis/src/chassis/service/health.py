"""What a service says of itself when asked."""

from typing import Any
from weakref import WeakKeyDictionary

import eventlet

from chassis.data import outbox
from chassis.data.database import Database
from chassis.rpc import backlog
from contracts.health import Health
from contracts.models import Nothing
from contracts.refusals import Unavailable
from contracts.rpc import Call

DATABASE_SECONDS = 0.5
"""How long the database may take to answer: who asks for a service's health waits for 1 s."""

_looks: WeakKeyDictionary[Database, Any] = WeakKeyDictionary()


def health(db: Database, call: Call[Nothing], *, name: str) -> Health:
    """Answer how the service `name` is; a database that does not answer is part of the answer.

    It is asked by a connection of its own, since the workers' may all wait for a server that hangs.
    """
    waiting = _waiting(db)
    return Health(
        service=name, database=waiting is not None, outbox=waiting or 0, parked=backlog.parked()
    )


def _waiting(db: Database) -> int | None:
    """Return how many events wait in the outbox, or None where the database does not say so soon.

    Whoever stops waiting leaves the look going on, and the next one waits for the same: on a busy
    machine a connection alone may take longer to make, and would never be there otherwise.
    """
    look = _looks.get(db)
    if look is None or look.dead:
        look = _looks[db] = eventlet.spawn(_look, db)
    with eventlet.Timeout(DATABASE_SECONDS, False):
        waiting: int | None = look.wait()
        return waiting
    return None


def _look(db: Database) -> int | None:
    try:
        return outbox.waiting(db.aside.reader)
    except Unavailable:
        return None
