"""PostgreSQL as a service uses it: transactions for changes, single statements for reads."""

from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from typing import Any, NoReturn

import psycopg2
from sqlalchemy import Connection, Engine, Row, TextClause, create_engine
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from contracts.refusals import Unavailable

__all__ = ["Connection", "Contention", "Database", "written"]

# A host that vanished is noticed in about 10 s instead of two hours.
_KEEPALIVES = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
# SQLSTATEs, https://www.postgresql.org/docs/current/errcodes-appendix.html. Away: class 08 and
# admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections.
_AWAY_CLASS = "08"
_AWAY = frozenset({"57P01", "57P02", "57P03", "53300"})
_TRANSIENT = frozenset({"40001", "40P01"})  # serialization_failure, deadlock_detected
_GIVEN_UP = _TRANSIENT | {"55P03", "57014"}  # lock_not_available, query_canceled (a time-out)
CONNECT_ARGUMENTS: dict[str, Any] = {"connect_timeout": 3, **_KEEPALIVES}


class Contention(Unavailable):
    """The server answers, but gave this statement up: a time-out, a lock's, or a deadlock.

    A caller may try again, as with any `Unavailable`; an event's handler has failed.

    Attributes:
        transient: Whether the same in a new transaction may well succeed: after a deadlock or a
            serialization failure.
    """

    def __init__(self, *, transient: bool) -> None:
        super().__init__("The service is too busy for this. Try again in a moment.", retry_after=2)
        self.transient = transient


class Database:
    """The database of one service, by a pool with a connection for each worker.

    Every connection is in autocommit, and a transaction says BEGIN and COMMIT itself: switching
    a pooled connection between the two modes at each loan cost more than the statement
    (0.29 against 0.13 ms of CPU for a one-row read).

    Attributes:
        after_commit: Called, without arguments, after each committed transaction.
    """

    def __init__(self, engine: Engine, aside: Engine | None = None) -> None:
        self._engine = engine
        self._aside = aside
        self.after_commit: list[Callable[[], None]] = []

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 10, name: str = "sakina") -> "Database":
        """Return the database at `url` (postgresql+psycopg2://…); connects when first used.

        Args:
            url: Of the service's own role, whose search_path is the service's own schema.
            pool_size: Connections at most: as many as there are workers.
            name: Shown by the server as application_name.
        """
        return cls(_engine(url, pool_size, name), _engine(url, 1, f"{name} health"))

    @cached_property
    def aside(self) -> "Database":
        """The same database by one connection of its own, for who must not wait for the pool."""
        return Database(self._aside or self._engine)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction: committed at the end of the block, rolled back by an exception.

        Raises:
            Unavailable: The database is away. Nothing was changed, unless the connection was lost
                in the commit: then the command's id tells, when it comes again.
            Contention: The server gave up a statement that took too long or was in a deadlock.
        """
        with _as_refusals(), self._begun() as connection:
            with _rolled_back_by_exceptions(connection):
                yield connection
            connection.exec_driver_sql("commit")
        for notice in self.after_commit:
            notice()

    def _begun(self) -> Connection:
        """Return a connection with an open transaction; one that died in the pool is replaced."""
        try:
            return _begin(self._engine.connect())
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return _begin(self._engine.connect())

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection on which every statement is a transaction of its own.

        Raises:
            Unavailable: The database is away, or with Contention too slow.
        """
        with _as_refusals(), self._engine.connect() as connection:
            yield connection

    def read(self, statement: TextClause, /, **values: Any) -> Sequence[Row[Any]]:
        """Return the rows, as named tuples, of one statement that only reads.

        It is tried again once where the pool held a connection that had died. The statement goes
        straight to the driver: SQLAlchemy's own account of a result costs as much as the rest of
        a short read (docs/adr/0009).

        Raises:
            Unavailable: The database is away, or with Contention too slow.
        """
        with _as_refusals():
            try:
                return self._read(statement, values)
            except _Died:
                # Its neighbours in the pool died with it, most likely: begin with a fresh one.
                self._engine.dispose()
                return self._read(statement, values)

    def _read(self, statement: TextClause, values: dict[str, Any]) -> Sequence[Any]:
        lent: Any = self._engine.raw_connection()
        try:
            with lent.cursor() as cursor:
                cursor.execute(written(statement), values)
                named = _row_type(statement, tuple(column[0] for column in cursor.description))
                return list(map(named._make, cursor.fetchall()))
        except psycopg2.Error as error:
            if not lent.dbapi_connection.closed:
                raise
            lent.invalidate(error)
            raise _Died from error
        except BaseException:
            # Killed while it waited for the server: nobody can tell what the connection is at.
            lent.invalidate()
            raise
        finally:
            lent.close()

    def close(self) -> None:
        """Close the pool's idle connections."""
        self._engine.dispose()
        if self._aside is not None:
            self._aside.dispose()


def _engine(url: str, pool_size: int, name: str) -> Engine:
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_use_lifo=True,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # an error must not bring what people wrote into the log
        connect_args={**CONNECT_ARGUMENTS, "application_name": name},
    )


class _Died(psycopg2.OperationalError):
    """The connection ended while, or before, it was asked."""


_DIALECT: Any = PGDialect_psycopg2()  # type: ignore[no-untyped-call]


@cache
def written(statement: TextClause) -> str:
    """Return `statement` as psycopg2 wants it. Statements are constants of their modules."""
    return str(statement.compile(dialect=_DIALECT))


@cache
def _row_type(statement: TextClause, columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns, rename=True)


def _begin(connection: Connection) -> Connection:
    try:
        connection.exec_driver_sql("begin")
    except DBAPIError:
        connection.close()
        raise
    return connection


@contextmanager
def _rolled_back_by_exceptions(connection: Connection) -> Iterator[None]:
    try:
        yield
    except Exception:
        if not connection.invalidated:
            connection.exec_driver_sql("rollback")
        raise
    except BaseException:
        # Killed while it waited for the server: nobody can tell what the connection is at.
        connection.invalidate()
        raise


@contextmanager
def _as_refusals() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        _raise_away(error)
    except (DBAPIError, psycopg2.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        state = getattr(cause, "pgcode", None)
        if _says_away(cause, state):
            _raise_away(error)
        if state in _GIVEN_UP:
            raise Contention(transient=state in _TRANSIENT) from error
        raise


def _says_away(cause: BaseException | None, state: str | None) -> bool:
    if state is not None:
        return state.startswith(_AWAY_CLASS) or state in _AWAY
    # Without a word of the server's there was no connection, or it is lost.
    return isinstance(cause, psycopg2.OperationalError) or (
        isinstance(cause, psycopg2.InterfaceError) and "connection" in str(cause)
    )


def _raise_away(error: Exception) -> NoReturn:
    raise Unavailable(
        "The service's database does not answer. Try again in a moment.", retry_after=2
    ) from error
