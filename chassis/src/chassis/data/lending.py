"""Lending the connections of a pool."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import Histogram
from sqlalchemy import Engine

from chassis.data.connections import Lent
from telemetry.figures import LATENCIES

_WAITED = Histogram(
    "sakina_pool_wait_seconds",
    "Seconds that somebody waited for a connection of the pool, all of which were lent.",
    buckets=LATENCIES,
)


class Lending:
    """Lends the connections of `engine`'s pool, and keeps at hand what comes back.

    The pool makes connections, bounds their number and has people wait. But each loan of its own
    takes three locks, a record and a guard against a forgotten loan (docs/adr/0025).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._at_hand: list[Lent] = []
        self._asking = 0

    @property
    def in_use(self) -> int:
        """How many connections are lent now."""
        return self._made - len(self._at_hand)

    @property
    def size(self) -> int:
        """How many there may be at most."""
        return int(self._engine.pool.size())  # type: ignore[attr-defined]

    @property
    def _made(self) -> int:
        return int(self._engine.pool.checkedout())  # type: ignore[attr-defined]

    def lend(self) -> Lent:
        """Lend a connection; who has to wait for one is counted."""
        if self._at_hand:
            return self._at_hand.pop()
        pool = self._engine.pool
        with self._counted():
            return Lent(self._engine.raw_connection(), pool)

    def give_back(self, lent: Lent) -> None:
        """Keep `lent` at hand, or leave it to the pool where it ended or somebody waits there."""
        if lent.has_ended or self._asking or lent.pool is not self._engine.pool:
            lent.release()
        else:
            self._at_hand.append(lent)

    def renew(self) -> None:
        """Make every connection anew, when it is next needed."""
        at_hand, self._at_hand = self._at_hand, []
        for lent in at_hand:
            lent.release()
        self._engine.dispose()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Let it be seen that somebody asks the pool, and how long they wait where all are lent."""
        began = None if self._made < self.size else perf_counter()
        self._asking += 1
        try:
            yield
        finally:
            self._asking -= 1
            if began is not None:
                _WAITED.observe(perf_counter() - began)
