"""Keeps a calendar of one's practice: `python calendar_feed.py URL PERSON FILE.ics`.

PERSON is a number, or `person/17` as events name them. The file is iCalendar (RFC 5545), an all-day
entry for each session, and there from the start. Any web server gives it to a calendar that
subscribes to it. What it is made of is kept in SQLite beside it.
"""

import sqlite3
import sys
from pathlib import Path

from sakina_events import Event, SqliteStore, replay

TABLE = "create table if not exists sessions (id integer primary key, day, minutes, kind, stamp)"
HEAD = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Sakina//practice//EN\n"
ENTRY = """BEGIN:VEVENT
UID:session-{}@sakina
DTSTAMP:{}
DTSTART;VALUE=DATE:{}
SUMMARY:{} · {} min
TRANSP:TRANSPARENT
END:VEVENT
"""


class Calendar:
    """One person's sessions, in a table and in a file that is written from it."""

    def __init__(self, person: str, file: Path) -> None:
        self.subject = f"person/{person.removeprefix('person/')}"
        self.file = file

    def keep(self, event: Event, database: sqlite3.Connection) -> None:
        """Do to the calendar what was done to the sessions."""
        if event.subject != self.subject:
            return
        kind, data, number = event.type.split(".")[1], event.data, event.data.get("session_id")
        if kind in ("session_logged", "session_changed"):
            now = data.get("after", data)
            row = (number, now["date"], now["duration"], now["meditation_type"])
            stamp = f"{event.time:%Y%m%dT%H%M%SZ}"
            database.execute(
                "insert or replace into sessions values (?, ?, ?, ?, ?)", (*row, stamp)
            )
        elif kind == "session_deleted":
            database.execute("delete from sessions where id = ?", (number,))
        elif kind in ("sessions_cleared", "data_erased"):
            database.execute("delete from sessions")
        self.write(database)

    def write(self, database: sqlite3.Connection) -> None:
        """Write the whole file beside the old one, and put it in its place."""
        rows = database.execute("select id, stamp, day, kind, minutes from sessions order by id")
        entries = "".join(
            ENTRY.format(number, stamp, day.replace("-", ""), kind.replace("_", " "), minutes)
            for number, stamp, day, kind, minutes in rows
        )
        unfinished = self.file.with_suffix(".part")
        unfinished.write_text(HEAD + entries + "END:VCALENDAR\n", encoding="utf-8", newline="\r\n")
        unfinished.replace(self.file)


if __name__ == "__main__":
    if len(sys.argv) != 4 or not sys.argv[2].removeprefix("person/").isdecimal():
        print("usage: python calendar_feed.py URL PERSON FILE.ics", file=sys.stderr)
        sys.exit(2)
    url, person, name = sys.argv[1:]
    calendar = Calendar(person, Path(name))
    store = SqliteStore(Path(name).with_suffix(".db"))
    store.connection.execute(TABLE)
    calendar.write(store.connection)
    replay(url, "first", store, calendar.keep, topics="practice.#")
