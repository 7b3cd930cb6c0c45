"""What the failures of a database mean to whoever asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import psycopg2
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.data.connections import Stale
from contracts.refusals import Unavailable

# SQLSTATEs, https://www.postgresql.org/docs/current/errcodes-appendix.html. Away: class 08 and
# admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections.
_AWAY_CLASS = "08"
_AWAY = frozenset({"57P01", "57P02", "57P03", "53300"})
_NO_ROOM = "53100"  # disk_full: the operator's to mend, and no fault of what was asked
_TRANSIENT = frozenset({"40001", "40P01"})  # serialization_failure, deadlock_detected
_GIVEN_UP = _TRANSIENT | {"55P03", "57014"}  # lock_not_available, query_canceled (a time-out)


class Contention(Unavailable):
    """The server answers, but gave this statement up: a time-out, a lock's, or a deadlock.

    A caller may try again, as with any `Unavailable`; an event's handler has failed.

    Attributes:
        transient: Whether the same in a new transaction may well succeed: after a deadlock, a
            serialization failure, or where what was prepared on the connection has changed.
    """

    def __init__(self, *, transient: bool) -> None:
        super().__init__("The service is too busy for this. Try again in a moment.", retry_after=2)
        self.transient = transient


@contextmanager
def as_refusals() -> Iterator[None]:
    """Turn failures that are no fault of the statement into refusals; let the others through.

    Raises:
        Unavailable: The database is away, or its disk is full; with Contention, too busy.
    """
    try:
        yield
    except Stale as error:
        raise Contention(transient=True) from error
    except PoolTimeout as error:
        _raise_away(error)
    except (DBAPIError, psycopg2.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        state = getattr(cause, "pgcode", None)
        if _says_away(cause, state):
            _raise_away(error)
        if state == _NO_ROOM:
            raise Unavailable(
                "The service's database has no room left. Try again in a while.", retry_after=10
            ) from error
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
