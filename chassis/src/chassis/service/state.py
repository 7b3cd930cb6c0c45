"""The state of a service as figures, looked up when a Prometheus asks for it."""

from collections.abc import Callable
from functools import partial
from math import nan
from typing import Any

from prometheus_client import Gauge
from sqlalchemy import TextClause, text

from chassis.data.database import Database
from chassis.rpc import backlog
from contracts.refusals import Refusal

_OUTBOX = Gauge("sakina_outbox_events", "Events that wait to be published, counted up to 10,000.")
_OLDEST = Gauge("sakina_outbox_oldest_seconds", "Age of the event that has waited longest.")
_PARKED = Gauge("sakina_parked_messages", "Messages given up on: chassis.events.parked lists them.")
_POOL = Gauge("sakina_pool_connections", "Connections to the database.", ["state"])

# Bounded, and by the index of what waits.
_COUNT = text(
    "select count(*) from (select 1 from outbox where published_at is null limit 10000) as waiting"
)
_AGE = text(
    """
    select coalesce((
        select extract(epoch from now() - occurred_at)
        from outbox where published_at is null order by id limit 1
    ), 0)
    """
)


def show(db: Database) -> None:
    """Have the state of the service on `db` looked up whenever its figures are asked for.

    A figure that the database does not give is NaN: not known, which is not zero.
    """
    _OUTBOX.set_function(partial(_asked, db, _COUNT))
    _OLDEST.set_function(partial(_asked, db, _AGE))
    _PARKED.set_function(backlog.parked)
    states: dict[str, Callable[[], int]] = {
        "in use": lambda: db.in_use,
        "most": lambda: db.size,
    }
    for state, figure in states.items():
        _POOL.labels(state).set_function(figure)


def _asked(db: Database, statement: TextClause) -> float:
    try:
        answer: Any = db.aside.reader.ask(statement)[0][0]
    except Refusal:
        return nan
    return float(answer)
