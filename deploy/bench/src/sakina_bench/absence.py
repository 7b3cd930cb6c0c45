"""An outbox that filled while there was no broker, and how fast it is emptied afterwards."""

import os
import signal
import time
from dataclasses import dataclass

from sakina_bench.arrivals import until
from sakina_bench.running import Running
from sakina_local.home import Home
from sakina_local.ports import listening

PATIENCE_SECONDS = 90.0

# Rows like one that was published, with ids and a person of their own whom nobody is.
_WAITING = """
    insert into practice.outbox
        (event_id, type, subject, sequence, occurred_at, actor, traceparent, data)
    select gen_random_uuid(), type, 'person/' || (1000000000 + n), 1, now(), actor,
        traceparent, data
    from (
            select * from practice.published
            where type = 'practice.session_logged.v1' limit 1
        ) as one,
        generate_series(1, %s) as n
"""
_LEFT = "select count(*) from practice.outbox"


@dataclass(frozen=True)
class Emptied:
    """How an outbox was emptied once the broker accepted connections again.

    Attributes:
        first: After how many seconds the first events had left it.
        rate: How many a second left it from then on.
    """

    first: float
    rate: float


def emptied(system: Running, count: int, seconds: float) -> Emptied:
    """Take the broker away for `seconds`, while `count` events wait, and return what came of it.

    The supervisor sleeps meanwhile: it would start the broker again at once.
    """
    (port, *_) = Home(system.home).broker_ports()
    os.kill(system.tree.root, signal.SIGSTOP)
    try:
        for pid in system.tree.processes("rabbitmq"):
            os.kill(pid, signal.SIGKILL)
        with system.database() as database, database.cursor() as cursor:
            cursor.execute(_WAITING, (count,))
        time.sleep(seconds)
    finally:
        os.kill(system.tree.root, signal.SIGCONT)
    until(lambda: listening(port), PATIENCE_SECONDS)
    began = time.monotonic()
    with system.database() as database, database.cursor() as cursor:

        def left() -> int:
            cursor.execute(_LEFT)
            return int((cursor.fetchone() or (0,))[0])

        until(lambda: left() < count, PATIENCE_SECONDS)
        first, remaining = time.monotonic(), left()
        until(lambda: left() == 0, PATIENCE_SECONDS)
        passed = time.monotonic() - first
    return Emptied(first - began, remaining / passed if passed else float("nan"))
