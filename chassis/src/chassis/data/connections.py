"""A connection of the pool, and what is prepared on it."""

import re
from collections import namedtuple
from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg2
from psycopg2 import errors
from sqlalchemy import TextClause

from chassis.data.statements import written
from chassis.data.traced import statements
from telemetry.spans import tracer

Saying = tuple[TextClause, dict[str, Any]]
"""A statement with its values."""

_STALE = (
    errors.InvalidSqlStatementName,
    errors.DuplicatePreparedStatement,
    errors.FeatureNotSupported,
)
"""What the server says to a name that it does not know, to one that it knows already, and to one
whose columns have changed."""


_QUOTED = re.compile(r'(\b(?:constraint|relation|column|table|index|schema|database|role) "\w+")|"')
"""What a sentence of the server's quotes: something that we named, or else a value."""


class Stale(Exception):
    """What is prepared on the connection is not what we believe: begin again from the beginning."""


class Died(psycopg2.OperationalError):
    """The connection ended before it answered."""


class Lent:
    """A connection lent by the pool, until it is given back.

    Args:
        fairy: What SQLAlchemy's pool lends.

    Attributes:
        pool: The pool, which another may have taken the place of.
    """

    def __init__(self, fairy: Any, pool: Any = None) -> None:
        self.pool = pool
        self._fairy = fairy
        self._driver: Any = fairy.dbapi_connection
        # Kept by the pool for as long as the connection lives.
        self._prepared: set[str] = fairy.info.setdefault("prepared", set())

    def send(
        self, sayings: Sequence[Saying], *, before: bytes = b"", after: bytes = b""
    ) -> list[Any]:
        """Send `sayings` in one message, between the words `before` and `after`.

        Returns:
            The rows of the last statement, as named tuples; none where words come after it.

        Raises:
            Stale: A migration, or whoever is between here and the server, changed what is
                prepared. Nothing of the message is committed.
            psycopg2.errors.InFailedSqlTransaction: It says "commit" after a statement that was
                refused before; the server has undone everything.
            Died: The connection ended; only the server knows whether it heard the message.
            psycopg2.Error: The server refused; nothing after the refused statement was done.
        """
        spans = tracer()
        if spans is None:
            return self._send(sayings, before, after)
        with statements(spans, sayings, before, after):
            return self._send(sayings, before, after)

    def _send(self, sayings: Sequence[Saying], before: bytes, after: bytes) -> list[Any]:
        with self._driver.cursor() as cursor:
            message, new = self._message(cursor, sayings, before, after)
            try:
                if self._fairy.info.get("forget"):
                    # Apart: what begins a transaction must come before everything else in it.
                    cursor.execute("deallocate all")
                    del self._fairy.info["forget"]
                cursor.execute(message)
            except psycopg2.Error as error:
                _leave_values_out(error)
                if isinstance(error, _STALE):
                    self._forget_prepared()
                    raise Stale(str(error)) from error
                if self._driver.closed:
                    raise Died(str(error)) from error
                if new:
                    self._forget_prepared()
                raise
            self._prepared |= new
            if after == b"commit" and cursor.statusmessage != "COMMIT":
                # The server answers so, and calls it no error, where the transaction had failed.
                raise errors.InFailedSqlTransaction("a statement was refused: nothing is kept")
            if after or cursor.description is None:
                return []
            row = _row_type(sayings[-1][0], tuple(column[0] for column in cursor.description))
            return list(map(row._make, cursor.fetchall()))

    def _message(
        self, cursor: Any, sayings: Sequence[Saying], before: bytes, after: bytes
    ) -> tuple[bytes, set[str]]:
        words = [before] if before else []
        new: set[str] = set()
        for statement, values in sayings:
            form = written(statement)
            if form.name is not None and form.name not in self._prepared | new:
                words.append(form.preparation)
                new.add(form.name)
            words.append(cursor.mogrify(form.call, values))
        if after:
            words.append(after)
        return b";".join(words), new

    def _forget_prepared(self) -> None:
        self._prepared.clear()
        self._fairy.info["forget"] = True

    def rollback(self) -> None:
        """Undo the open transaction; where that fails, the connection ends and the server does."""
        try:
            with self._driver.cursor() as cursor:
                cursor.execute("rollback")
        except psycopg2.Error:
            self.drop()

    def drop(self) -> None:
        """End the connection: nobody can tell what it is at."""
        if self._fairy.is_valid:
            self._fairy.invalidate()

    @property
    def has_ended(self) -> bool:
        """Whether it can be lent no more."""
        return bool(self._driver.closed)

    def release(self) -> None:
        """Leave it to SQLAlchemy's pool; one that has ended is replaced there."""
        if self.has_ended:
            self.drop()
        self._fairy.close()


def _leave_values_out(error: psycopg2.Error) -> None:
    """Let an error of the server's, which may end up in a log, say nothing that a person wrote.

    Its detail shows whole rows, its context the statement with its values; the sentence itself
    quotes names of ours, or a value.
    """
    sentence = error.diag.message_primary
    if sentence:
        values = (found.start() for found in _QUOTED.finditer(sentence) if not found[1])
        value = next(values, None)
        error.args = (sentence if value is None else f"{sentence[:value]}…",)


@cache
def _row_type(statement: TextClause, columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns, rename=True)
