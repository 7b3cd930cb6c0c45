"""PostgreSQL as a service uses it: a pool, questions, and transactions."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from random import uniform
from time import sleep
from typing import Any, TypeVar

from sqlalchemy import Engine, TextClause, create_engine

from chassis.data.away import Contention, as_refusals
from chassis.data.connections import Saying, Stale
from chassis.data.lending import Lending
from chassis.data.transaction import Reader, Transaction, committed

__all__ = ["Database", "Reader", "Transaction"]

Answer = TypeVar("Answer")

# A host that vanished is noticed in about 10 s instead of two hours.
_KEEPALIVES = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
CONNECT_ARGUMENTS: dict[str, Any] = {"connect_timeout": 3, **_KEEPALIVES}
# Our statements find their rows by a key, whatever the values: one plan is the plan.
_PLAN_ONCE = "-c plan_cache_mode=force_generic_plan"
_LET_OTHERS_SECONDS = (0.01, 0.05)


class Database:
    """The database of one service, by a pool with a connection for each worker.

    Every connection is in autocommit, and a transaction says BEGIN and COMMIT itself: switching
    a pooled connection between the two modes at each loan cost more than the statement
    (docs/adr/0009).

    Attributes:
        pool: Its connections.
        reader: Asks what needs no transaction.
        after_commit: Called, without arguments, after each committed transaction that announced
            something.
    """

    def __init__(self, engine: Engine, aside: Engine | None = None) -> None:
        self.pool = Lending(engine)
        self._aside = aside
        self.reader: Reader = _SafeReader(self.pool)
        self.after_commit: list[Callable[[], None]] = []

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 10, name: str = "sakina") -> "Database":
        """Return the database at `url` (postgresql+psycopg2://…); connects when first used.

        Args:
            url: Of the service's own role, whose search_path is the service's own schema.
            pool_size: Connections at most: as many as there are workers.
            name: Shown by the server as application_name.
        """
        workers = engine(url, pool_size=pool_size, name=name)
        return cls(workers, engine(url, pool_size=1, name=f"{name} health"))

    @cached_property
    def aside(self) -> "Database":
        """The same database by one connection of its own, for who must not wait for the pool."""
        return self if self._aside is None else Database(self._aside)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a transaction: committed at the end of the block, undone by an exception.

        Raises:
            Unavailable: The database is away. Nothing was changed, unless the connection was lost
                in the commit: then the command's id tells, when it comes again.
            Contention: The server gave up a statement that took too long or was in a deadlock.
        """
        with as_refusals(), committed(self.pool) as tx:
            yield tx
        if tx.announces:
            for notice in self.after_commit:
                notice()

    def transact(self, work: Callable[[Transaction], Answer]) -> Answer:
        """Return what `work` answers, committed.

        Where it lost a deadlock, or what was prepared on its connection has changed, it is undone
        and done again, once.

        Raises:
            Unavailable: As `transaction`.
        """
        try:
            with self.transaction() as tx:
                return work(tx)
        except Contention as lost:
            if not lost.transient:
                raise
        # Whoever won may still be about to take what was let go: let them.
        sleep(uniform(*_LET_OTHERS_SECONDS))  # noqa: S311
        with self.transaction() as tx:
            return work(tx)

    def close(self) -> None:
        """Close the idle connections."""
        self.pool.renew()
        if self._aside is not None:
            self.aside.close()


def engine(url: str, *, pool_size: int, name: str, options: str = "") -> Engine:
    """Return a pool for `url`: in autocommit, watched for hosts that vanish, planning once.

    Args:
        url: Of the service's own role.
        pool_size: Connections at most.
        name: Shown by the server as application_name.
        options: Further settings of each session, as `-c name=value`.
    """
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_use_lifo=True,
        pool_reset_on_return=None,  # whoever gives a connection back has ended what it began
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # an error must not bring what people wrote into the log
        connect_args={
            **CONNECT_ARGUMENTS,
            "application_name": name,
            "options": f"{_PLAN_ONCE} {options}",
        },
    )


class _SafeReader(Reader):
    """A reader whose failures are refusals."""

    def ask_after(
        self, sayings: Sequence[Saying], statement: TextClause, /, **values: Any
    ) -> list[Any]:
        with as_refusals():
            try:
                return super().ask_after(sayings, statement, **values)
            except Stale:
                return super().ask_after(sayings, statement, **values)
