"""Sums up everybody's minutes, day by day, in SQLite: `python practice_minutes.py URL FILE`.

A sum shows an event that was forgotten, and one that was counted twice.
"""

import sqlite3
import sys

from sakina_events import Event, SqliteStore, replay

TABLE = "create table if not exists minutes (person, day, sum, primary key (person, day))"
ADD = (
    "insert into minutes values (?, ?, ?)"
    " on conflict (person, day) do update set sum = sum + excluded.sum"
)


def count(event: Event, database: sqlite3.Connection) -> None:
    """Add the minutes of a session to its day, or take them away."""
    kind, data, person = event.type.split(".")[1], event.data, event.subject_id
    if kind in ("session_logged", "session_deleted"):
        sign = 1 if kind == "session_logged" else -1
        database.execute(ADD, (person, data["date"], sign * data["duration"]))
    elif kind == "session_changed":
        for sign, facts in ((-1, data["before"]), (1, data["after"])):
            database.execute(ADD, (person, facts["date"], sign * facts["duration"]))
    elif kind in ("sessions_cleared", "data_erased"):
        database.execute("delete from minutes where person = ?", (person,))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print("usage: python practice_minutes.py URL FILE", file=sys.stderr)
        sys.exit(2)
    store = SqliteStore(sys.argv[2])
    store.connection.execute(TABLE)
    replay(sys.argv[1], "first", store, count, topics="practice.#")
