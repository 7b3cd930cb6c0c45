"""The service's own copy of people."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.data.database import Connection
from khatma.domain.people import Person
from person.clock import Clock

_COLUMNS = "id, username, fullname, timezone, day_starts_at, version, deleted_at"
# Key share: any number of a person's commands at once, none beside their erasure.
_HOLD = text(
    f"select {_COLUMNS} from person where id = :id for key share"  # noqa: S608
)
_KEEP = text(
    """
    insert into person (id, username, fullname, timezone, day_starts_at, version)
    values (:id, :username, :fullname, :timezone, :day_starts_at, :version)
    on conflict (id) do update
    set username = excluded.username, fullname = excluded.fullname,
        timezone = excluded.timezone, day_starts_at = excluded.day_starts_at,
        version = excluded.version
    where person.version < excluded.version and person.deleted_at is null
    """
)
_MAKE_ROOM = text(
    """
    insert into person (id, username, fullname, timezone, day_starts_at, version)
    values (:id, '', '', 'UTC', 0, 0) on conflict do nothing
    """
)
_SEIZE = text("select from person where id = :id for update")
_BURY = text(
    """
    update person
    set username = '', fullname = '', timezone = 'UTC', day_starts_at = 0, deleted_at = :now
    where id = :id and deleted_at is null
    """
)


def hold(tx: Connection, person: int) -> Person | None:
    """Return the copy of `person`, who is not erased until the transaction ends, or None."""
    row = tx.execute(_HOLD, {"id": person}).first()
    return None if row is None else _person(row)


def expect(tx: Connection, person: int) -> Person:
    """Return the copy of `person`, held; one without a name where nothing came of them yet."""
    copy = hold(tx, person)
    if copy is None:
        tx.execute(_MAKE_ROOM, {"id": person})
        copy = _person(tx.execute(_HOLD, {"id": person}).one())
    return copy


def keep(tx: Connection, person: Person) -> None:
    """Remember `person`, unless a newer copy is there or they are gone."""
    tx.execute(
        _KEEP,
        {
            "id": person.id,
            "username": person.username,
            "fullname": person.fullname,
            "timezone": person.clock.timezone,
            "day_starts_at": person.clock.day_starts_at,
            "version": person.version,
        },
    )


def bury(tx: Connection, person: int, now: datetime) -> None:
    """Leave a tombstone of `person`, once every command of theirs that is under way has ended."""
    tx.execute(_MAKE_ROOM, {"id": person})
    tx.execute(_SEIZE, {"id": person})
    tx.execute(_BURY, {"id": person, "now": now})


def _person(row: Row[Any]) -> Person:
    return Person(
        id=row.id,
        username=row.username,
        fullname=row.fullname,
        clock=Clock(row.timezone, row.day_starts_at),
        version=row.version,
        deleted=row.deleted_at is not None,
    )
