"""Asking the database, and telling it: the one way in which a service speaks to it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import TextClause

from chassis.data.connections import Died, Lent, Saying


class Pool(Protocol):
    """Where connections come from."""

    def lend(self) -> Lent:
        """Lend a connection."""

    def give_back(self, lent: Lent) -> None:
        """Take back what was lent."""

    def renew(self) -> None:
        """Make every connection anew: one died idle, and so did the others, most likely."""


class Reader:
    """Asks, each time in a transaction of one statement. All workers share it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def ask(self, statement: TextClause, /, **values: Any) -> list[Any]:
        """Return the rows of `statement`, as named tuples.

        It is asked once more where its connection died. So it only reads, or does no more when it
        is carried out twice.
        """
        return self.ask_after((), statement, **values)

    def ask_after(
        self, sayings: Sequence[Saying], statement: TextClause, /, **values: Any
    ) -> list[Any]:
        """Return the same once `sayings` are carried out, in the same message and transaction."""
        message = [*sayings, (statement, values)]
        try:
            return self._ask(message)
        except Died:
            self._pool.renew()
            return self._ask(message)

    def _ask(self, message: Sequence[Saying]) -> list[Any]:
        lent = self._pool.lend()
        try:
            return lent.send(message)
        except Exception:
            raise
        except BaseException:
            lent.drop()  # Killed while it waited: what comes is not the next asker's answer.
            raise
        finally:
            self._pool.give_back(lent)


class Transaction(Reader):
    """Changes that are all done, or none. It takes a connection when it first needs one.

    `tell` waits for company: what was told goes with the next question, or with the commit. So a
    command is a few messages, however many statements it has (docs/adr/0025).

    Attributes:
        announces: Whether it puts something into the outbox, for which to wake who publishes.
    """

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._lent: Lent | None = None
        self._provided: list[Saying] = []
        self._told: list[Saying] = []
        self.announces = False

    def ask_after(
        self, sayings: Sequence[Saying], statement: TextClause, /, **values: Any
    ) -> list[Any]:
        """Return the rows of `statement`, as named tuples, after what was told and `sayings`."""
        return self._send([*self._taken(), *sayings, (statement, values)])

    def tell(self, statement: TextClause, /, **values: Any) -> None:
        """Carry out `statement` with the next question or the commit, where its failure shows."""
        self._told.append((statement, values))

    def provide(self, statement: TextClause, /, **values: Any) -> None:
        """Carry out `statement` before whatever comes next; not at all where nothing comes."""
        self._provided.append((statement, values))

    def commit(self) -> None:
        """Carry out what was told, and keep everything."""
        told = self._taken() if self._told else []
        if told and self._lent is None:
            # Begun apart, so that a connection that died idle can be told from a lost commit.
            told = self._send(told)
        if self._lent is not None:
            self._lent.send(told, after=b"commit")

    def _taken(self) -> list[Saying]:
        taken = [*self._provided, *self._told]
        self._provided, self._told = [], []
        return taken

    def _send(self, sayings: list[Saying]) -> list[Any]:
        if self._lent is not None:
            return self._lent.send(sayings)
        try:
            return self._begin(sayings)
        except Died:
            self.drop()
            self._pool.renew()
            return self._begin(sayings)

    def _begin(self, sayings: list[Saying]) -> list[Any]:
        self._lent = self._pool.lend()
        return self._lent.send(sayings, before=b"begin")

    def undo(self) -> None:
        """Undo everything."""
        self._provided, self._told = [], []
        if self._lent is not None:
            self._lent.rollback()

    def drop(self) -> None:
        """End the connection, and with it the transaction."""
        if self._lent is not None:
            self._lent.drop()
            self.give_back()

    def give_back(self) -> None:
        """Return the connection, if it took one."""
        lent, self._lent = self._lent, None
        if lent is not None:
            self._pool.give_back(lent)


@contextmanager
def committed(pool: Pool) -> Iterator[Transaction]:
    """Open a transaction: committed at the end of the block, undone by an exception."""
    tx = Transaction(pool)
    try:
        yield tx
        tx.commit()
    except Exception:
        tx.undo()
        raise
    except BaseException:
        tx.drop()  # Killed while it waited: nobody can tell what the connection is at.
        raise
    finally:
        tx.give_back()
