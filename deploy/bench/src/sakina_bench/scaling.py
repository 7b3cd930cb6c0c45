"""One service in several processes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sakina_bench.running import Running
from sakina_local import processes

SERVICE = "practice"
START_SECONDS = 30.0


@contextmanager
def several(system: Running, count: int) -> Iterator[None]:
    """Have `count` processes of practice, one of which is there already."""
    log = system.home / f"{SERVICE}-more.log"
    environment = system.environment(SERVICE)
    before = _connected(system)
    more = [
        processes.start([system.checkout.python, "-m", SERVICE], log, environment)
        for _ in range(count - 1)
    ]
    try:
        for process in more:
            system.tree.adopt(process.pid)
        deadline = time.monotonic() + START_SECONDS
        while _connected(system) < before + len(more) and time.monotonic() < deadline:
            time.sleep(0.2)
        yield
    finally:
        processes.stop_all(more, 12)
        for process in more:
            system.tree.abandon(process.pid)


def _connected(system: Running) -> int:
    """Return how many relays of the service are connected: each process has one, from its start."""
    with system.database() as database, database.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity where usename = %s and query like '%%relay%%'"
            " or application_name like %s",
            (f"{SERVICE}_app", f"sakina {SERVICE} relay%"),
        )
        return int((cursor.fetchone() or (0,))[0])
