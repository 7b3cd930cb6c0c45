"""A store in PostgreSQL, by psycopg2: `replay(url, "first", PostgresStore(dsn), handler)`."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from sakina_events import Place

TABLES = """
create table if not exists sakina_place (name text primary key, place bigint, event_id text);
create table if not exists sakina_applied (
    name text, event_id text, at timestamptz default now(), primary key (name, event_id)
);
"""


class PostgresStore:
    """Keeps the place in the database that the handler writes into, by a cursor.

    What is older than 31 days in `sakina_applied` may be deleted now and then.
    """

    def __init__(self, dsn: str, name: str = "sakina") -> None:
        self._connection, self._name = psycopg2.connect(dsn), name
        with self.transaction() as cursor:
            cursor.execute(TABLES)

    def place(self) -> Place | None:
        """Return the place that was moved to last, or None before the first event."""
        with self.transaction() as cursor:
            asked = "select place, event_id from sakina_place where name = %s"
            cursor.execute(asked, (self._name,))
            found = cursor.fetchone()
        return Place(*found) if found else None

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Return a transaction: committed at its end, rolled back by an exception."""
        with self._connection, self._connection.cursor() as cursor:
            yield cursor

    def first_time(self, hands: Cursor, event_id: str) -> bool:
        """Remember an event; return whether it was not remembered yet."""
        added = "insert into sakina_applied values (%s, %s) on conflict do nothing"
        hands.execute(added, (self._name, event_id))
        return hands.rowcount == 1

    def move(self, hands: Cursor, place: Place) -> None:
        """Remember how far it is."""
        moved = (
            "insert into sakina_place values (%s, %s, %s) on conflict (name) do update"
            " set place = excluded.place, event_id = excluded.event_id"
        )
        hands.execute(moved, (self._name, *place))
