"""A connection that one part of a service has for itself, as its relay does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from chassis.data.connections import Died, Lent
from chassis.data.database import engine
from chassis.data.transaction import Reader, Transaction, committed

Answer = TypeVar("Answer")


class Dedicated(Reader):
    """Asks, and changes, by one connection alone."""

    def transact(self, work: Callable[[Transaction], Answer]) -> Answer:
        """Return what `work` answers, committed. Whatever it raises undoes it."""
        with committed(self._pool) as tx:
            return work(tx)


@contextmanager
def dedicated(url: str, *, name: str, options: str) -> Iterator[Dedicated]:
    """Connect to `url`, and work by this connection alone until the end of the block.

    It is never replaced, since a lock that the server holds for it ends with it: once it is lost,
    each question fails.

    Args:
        url: Of the service's own role.
        name: Shown by the server as application_name.
        options: Settings of the session, as `-c name=value`.

    Raises:
        Exception: The database does not answer.
    """
    own = engine(url, pool_size=1, name=name, options=options)
    kept = Lent(own.raw_connection())
    try:
        yield Dedicated(_OnlyOne(kept))
    finally:
        kept.release()
        own.dispose()


class _OnlyOne:
    """The pool of a reader that has one connection."""

    def __init__(self, lent: Lent) -> None:
        self._lent = lent

    def lend(self) -> Lent:
        return self._lent

    def give_back(self, lent: Lent) -> None:
        """Keep it lent between questions."""

    def renew(self) -> None:
        raise Died("its own connection to the database ended")
