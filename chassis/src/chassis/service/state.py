"""The state of a service as figures, looked up when a Prometheus asks for it."""

from collections.abc import Callable
from functools import partial
from math import nan

from prometheus_client import Gauge

from chassis.data import outbox
from chassis.data.database import Database, Reader
from chassis.rpc import backlog
from contracts.refusals import Refusal

_OUTBOX = Gauge("sakina_outbox_events", "Events that wait to be published, counted up to 10,000.")
_OLDEST = Gauge("sakina_outbox_oldest_seconds", "Age of the event that has waited longest.")
_PARKED = Gauge("sakina_parked_messages", "Messages given up on: chassis.events.parked lists them.")
_POOL = Gauge("sakina_pool_connections", "Connections to the database.", ["state"])


def show(db: Database) -> None:
    """Have the state of the service on `db` looked up whenever its figures are asked for.

    A figure that the database does not give is NaN: not known, which is not zero.
    """
    _OUTBOX.set_function(partial(_asked, db, outbox.waiting))
    _OLDEST.set_function(partial(_asked, db, outbox.oldest_seconds))
    _PARKED.set_function(backlog.parked)
    states: dict[str, Callable[[], int]] = {
        "in use": lambda: db.pool.in_use,
        "most": lambda: db.pool.size,
    }
    for state, figure in states.items():
        _POOL.labels(state).set_function(figure)


def _asked(db: Database, figure: Callable[[Reader], float]) -> float:
    try:
        return figure(db.aside.reader)
    except Refusal:
        return nan
