"""A store in SQLite, of the standard library."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sakina_events.store import Place

_TABLES = """
create table if not exists sakina_place (name text primary key, "offset" integer, event_id text);
create table if not exists sakina_applied (
    name text, event_id text, at integer default (unixepoch()), primary key (name, event_id)
) without rowid;
create index if not exists sakina_applied_at on sakina_applied (at);
"""
_KEPT_SECONDS = 31 * 24 * 3600
"""A stream holds 30 days: what is forgotten cannot come again."""
_BETWEEN_SWEEPS = 10_000


class SqliteStore:
    """Keeps the place in the SQLite database that the handler writes into.

    Several processes may share a file: a transaction waits for the one before, half a minute at
    the longest. For one thread.

    Args:
        path: The file, made where it is not there.
        name: Of this consumer among others in the same file.
    """

    def __init__(self, path: str | Path, name: str = "sakina") -> None:
        self.connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._name = name
        self._since_sweep = _BETWEEN_SWEEPS
        self.connection.execute("pragma journal_mode = wal")
        self.connection.executescript(_TABLES)

    def place(self) -> Place | None:
        """Return the place that was moved to last, or None before the first event."""
        asked = 'select "offset", event_id from sakina_place where name = ?'
        found = self.connection.execute(asked, (self._name,)).fetchone()
        return Place(*found) if found else None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Return a transaction: committed at its end, rolled back by an exception."""
        self.connection.execute("begin immediate")
        try:
            self._sweep()
            yield self.connection
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    def first_time(self, hands: sqlite3.Connection, event_id: str) -> bool:
        """Remember an event; return whether it was not remembered yet."""
        added = "insert or ignore into sakina_applied (name, event_id) values (?, ?)"
        return hands.execute(added, (self._name, event_id)).rowcount == 1

    def move(self, hands: sqlite3.Connection, place: Place) -> None:
        """Remember how far it is."""
        hands.execute("insert or replace into sakina_place values (?, ?, ?)", (self._name, *place))

    def _sweep(self) -> None:
        self._since_sweep += 1
        if self._since_sweep > _BETWEEN_SWEEPS:
            self._since_sweep = 0
            old = "delete from sakina_applied where at < unixepoch() - ?"
            self.connection.execute(old, (_KEPT_SECONDS,))
