"""Whether the server has room for the connections that all instances of all services may take."""

import logging

from chassis.data.database import Reader
from chassis.data.statements import by_value

log = logging.getLogger(__name__)

# Of one instance: a connection for each worker, one for its health and one for its relay. (Two more
# of notify's, where it records and sends, are not counted.)
BESIDE_WORKERS = 2

# Every instance has a relay, whose name anybody may read. Those of an older release do not say how
# many workers they have: they are taken to be like the one that asks.
_SUM = by_value(
    """
    select current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int
           - coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int as room,
           count(*) as instances,
           sum(coalesce(substring(application_name from ' of (\\d+) workers$')::int, :workers)
               + :beside) as wanted
    from pg_stat_activity
    where application_name ~ '^sakina [a-z]+ relay'
    """
)


def relay_name(service: str, workers: int) -> str:
    """Return the name by which the relay of an instance with `workers` is known to the server."""
    return f"sakina {service} relay of {workers} workers"


def check(relay: Reader, workers: int) -> None:
    """Warn where the pools of all instances together may take more than the server gives.

    Asked by each relay once it is connected, so the instance that comes last counts all.
    """
    (found,) = relay.ask(_SUM, workers=workers, beside=BESIDE_WORKERS)
    if found.wanted is not None and found.wanted > found.room:
        log.warning(
            "%d instances may take %d connections, and the server gives %d: raise max_connections,"
            " or lower SAKINA_MAX_WORKERS",
            *(found.instances, found.wanted, found.room),
        )
