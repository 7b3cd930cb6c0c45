"""What a service says of itself when asked."""

import eventlet
from sqlalchemy import text

from chassis.data.database import Database
from chassis.rpc import backlog
from contracts.health import Health
from contracts.models import Nothing
from contracts.refusals import Unavailable
from contracts.rpc import Call

DATABASE_SECONDS = 0.5
"""How long the database may take to answer: who asks for a service's health waits for 1 s."""

# Counted up to a bound, so that a long outbox does not make the answer slow.
_BACKLOG = text(
    "select count(*) from (select 1 from outbox where published_at is null limit 10000) as waiting"
)


def health(db: Database, call: Call[Nothing], *, name: str) -> Health:
    """Answer how the service `name` is; a database that does not answer is part of the answer.

    It is asked by a connection of its own, since the workers' may all wait for a server that hangs.
    """
    parked = backlog.parked()
    try:
        with eventlet.Timeout(DATABASE_SECONDS):
            waiting = db.aside.reader.ask(_BACKLOG)[0][0]
    except (Unavailable, eventlet.Timeout):
        return Health(service=name, database=False, outbox=0, parked=parked)
    return Health(service=name, database=True, outbox=waiting, parked=parked)
