"""Writes a letter for each session: `python shared_letters.py URL FILE`, as often as one likes.

All workers take from one queue. The file remembers which letters are written, so that a worker
that dies between the letter and its acknowledgement leaves no second one.
"""

import sqlite3
import sys
from urllib.parse import urlsplit

from sakina_events import Event, SqliteStore, share

TABLE = "create table if not exists letters (id integer primary key, person, words)"


def write(event: Event, database: sqlite3.Connection) -> None:
    """Put a letter into the table that something else sends from."""
    if event.type == "practice.session_logged.v1":
        words = f"{event.data['duration']} minutes on {event.data['date']}: well done."
        letter = "insert into letters (person, words) values (?, ?)"
        database.execute(letter, (event.subject_id, words))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print("usage: python shared_letters.py URL FILE", file=sys.stderr)
        sys.exit(2)
    url, file = sys.argv[1:]
    store = SqliteStore(file)
    store.connection.execute(TABLE)
    share(url, urlsplit(url).username or "", write, store=store)
