"""The copy that practice keeps of people. Its row is the lock of everything a person owns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Reader, Transaction
from person.clock import Clock
from practice.domain.people import Person

_FIND = text(
    """
    select id, username, timezone, day_starts_at, version, deleted_at is not null
    from person where id = :id
    """
)
_LOCK = text(
    """
    select id, username, timezone, day_starts_at, version, deleted_at is not null
    from person where id = :id for no key update
    """
)
# With the id of a session to come. It is taken from what is locked, so after any wait: a person's
# sessions have their ids in the order of their commits, which clearing them relies on.
_LOCK_AND_NUMBER = text(
    """
    with locked as materialized (
        select id, username, timezone, day_starts_at, version, deleted_at is not null
        from person where id = :id for no key update
    )
    select nextval('session_id_seq'), locked.* from locked
    """
)
_KEEP = text(
    """
    insert into person (id, username, timezone, day_starts_at, version)
    values (:id, :username, :timezone, :day_starts_at, :version)
    on conflict (id) do update
        set username = excluded.username, timezone = excluded.timezone,
            day_starts_at = excluded.day_starts_at, version = excluded.version
        where person.version < excluded.version and person.deleted_at is null
    """
)
_BURY = text(
    """
    insert into person (id, username, timezone, day_starts_at, version, deleted_at)
    values (:id, '', 'UTC', 0, 0, :now)
    on conflict (id) do update
        set username = '', timezone = 'UTC', day_starts_at = 0,
            deleted_at = coalesce(person.deleted_at, excluded.deleted_at)
    """
)


def find(reader: Reader, person: int) -> Person | None:
    """Return the copy of the person, if there is one."""
    return _copy(reader.ask(_FIND, id=person))


def lock(tx: Transaction, person: int) -> Person | None:
    """Return the copy, locked until the end of the transaction.

    All that changes a person's sessions or totals takes this lock first: a person's changes happen
    one after the other, people never wait for each other, and nobody waits in a circle.
    """
    return _copy(tx.ask(_LOCK, id=person))


def lock_and_number(tx: Transaction, person: int) -> tuple[int, Person] | None:
    """Return the copy, locked as by `lock`, after the id of the next session: one message."""
    for number, *columns in tx.ask(_LOCK_AND_NUMBER, id=person):
        return number, _person(columns)
    return None


def keep(reader: Reader, person: Person) -> None:
    """Keep what is newer than the copy; a tombstone stays as it is."""
    reader.ask(
        _KEEP,
        id=person.id,
        username=person.username,
        timezone=person.clock.timezone,
        day_starts_at=person.clock.day_starts_at,
        version=person.version,
    )


def bury(tx: Transaction, person: int, now: datetime) -> None:
    """Forget all but the id, and remember that it is gone."""
    tx.tell(_BURY, id=person, now=now)


def _copy(rows: Sequence[Any]) -> Person | None:
    return _person(rows[0]) if rows else None


def _person(columns: Sequence[Any]) -> Person:
    key, username, timezone, day_starts_at, version, deleted = columns
    return Person(key, username, Clock(timezone, day_starts_at), version, deleted)
