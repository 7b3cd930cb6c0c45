"""PostgreSQL as a service uses it: transactions for changes, single statements for reads."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, TextClause, create_engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from contracts.refusals import Unavailable

__all__ = ["Connection", "Database"]

# A host that vanished is noticed in about 10 s instead of two hours.
_KEEPALIVES = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
CONNECT_ARGUMENTS: dict[str, Any] = {"connect_timeout": 3, **_KEEPALIVES}


class Database:
    """The database of one service, by a pool with a connection for each worker.

    Attributes:
        after_commit: Called, without arguments, after each committed transaction.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Shares the pool; a statement is its own transaction, without BEGIN and COMMIT around it.
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.after_commit: list[Callable[[], None]] = []

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 10, name: str = "sakina") -> "Database":
        """Return the database at `url` (postgresql+psycopg2://…); connects when first used.

        Args:
            url: Of the service's own role, whose search_path is the service's own schema.
            pool_size: Connections at most: as many as there are workers.
            name: Shown by the server as application_name.
        """
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_use_lifo=True,
            connect_args={**CONNECT_ARGUMENTS, "application_name": name},
        )
        return cls(engine)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction: committed at the end of the block, rolled back by an exception.

        Raises:
            Unavailable: The database is away or too slow; nothing was changed.
        """
        with _away_as_unavailable(), self._engine.begin() as connection:
            yield connection
        for notice in self.after_commit:
            notice()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection on which every statement is a transaction of its own.

        Raises:
            Unavailable: The database is away or too slow.
        """
        with _away_as_unavailable(), self._autocommit.connect() as connection:
            yield connection

    def read(self, statement: TextClause, /, **values: Any) -> Sequence[Row[Any]]:
        """Return the rows of one statement that only reads.

        It is tried again once where the pool held a connection that had died.

        Raises:
            Unavailable: The database is away or too slow.
        """
        with _away_as_unavailable():
            try:
                return self._read(statement, values)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return self._read(statement, values)

    def _read(self, statement: TextClause, values: dict[str, Any]) -> Sequence[Row[Any]]:
        with self._autocommit.connect() as connection:
            return connection.execute(statement, values).all()

    def close(self) -> None:
        """Close the pool's idle connections."""
        self._engine.dispose()


@contextmanager
def _away_as_unavailable() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise Unavailable(
            "The service's database does not answer. Try again in a moment.", retry_after=2
        ) from error
