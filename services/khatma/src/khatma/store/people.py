"""The service's own copy of people."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Reader, Transaction
from khatma.domain.people import Person
from person.clock import Clock

_COLUMNS = "username, fullname, timezone, day_starts_at, version, deleted_at"
_FIND = text(f"select {_COLUMNS} from person where id = :id")  # noqa: S608
_FIND_AND_NUMBER = text(
    f"select nextval('khatma_id_seq') as number, {_COLUMNS} from person where id = :id"  # noqa: S608
)
_NEWER = """
    on conflict (id) do update
    set username = excluded.username, fullname = excluded.fullname,
        timezone = excluded.timezone, day_starts_at = excluded.day_starts_at,
        version = excluded.version
    where person.version < excluded.version and person.deleted_at is null
"""
_KEEP = text(
    f"""
    insert into person (id, username, fullname, timezone, day_starts_at, version)
    values (:id, :username, :fullname, :timezone, :day_starts_at, :version)
    {_NEWER}
    """  # noqa: S608
)
# Key share: any number of a person's commands at once, none beside their erasure. Where the copy
# is missing or older than what is said, keeping it holds it.
_HOLD = text(
    f"""
    with held as (
        select from person where id = :id and version >= :version for key share
    )
    insert into person (id, username, fullname, timezone, day_starts_at, version)
    select cast(:id as bigint), cast(:username as text), cast(:fullname as text),
           cast(:timezone as text), cast(:day_starts_at as smallint), cast(:version as bigint)
    where not exists (select from held)
    {_NEWER}
    """  # noqa: S608
)
_MAKE_ROOM = text(
    """
    insert into person (id, username, fullname, timezone, day_starts_at, version)
    values (:id, '', '', 'UTC', 0, 0) on conflict do nothing
    """
)
_HOLD_AS_IT_IS = text("select from person where id = :id for key share")
_SEIZE = text("select from person where id = :id for update")
_BURY = text(
    """
    update person
    set username = '', fullname = '', timezone = 'UTC', day_starts_at = 0, deleted_at = :now
    where id = :id and deleted_at is null
    """
)


def find(reader: Reader, person: int) -> Person:
    """Return the copy of a person of whom there is one."""
    return as_person(person, reader.ask(_FIND, id=person)[0])


def find_and_number(tx: Transaction, person: int) -> tuple[int, Person]:
    """Return the id of a khatma to come, and the copy of a person of whom there is one."""
    row = tx.ask(_FIND_AND_NUMBER, id=person)[0]
    return row.number, as_person(person, row)


def hold(tx: Transaction, person: Person) -> None:
    """Let nobody erase `person` until the transaction ends, and keep what is newer in them.

    Their copy is there from then on, and no older than `person`; a tombstone stays as it is.
    """
    tx.tell(_HOLD, **_columns(person))


def expect(tx: Transaction, person: int) -> None:
    """Let nobody erase the person `person` meanwhile, not even where nothing came of them yet."""
    tx.tell(_MAKE_ROOM, id=person)
    tx.tell(_HOLD_AS_IT_IS, id=person)


def keep(reader: Reader, person: Person) -> None:
    """Remember `person`, unless a newer copy is there or they are gone."""
    reader.ask(_KEEP, **_columns(person))


def bury(tx: Transaction, person: int, now: datetime) -> None:
    """Leave a tombstone of `person`, once every command of theirs that is under way has ended."""
    tx.tell(_MAKE_ROOM, id=person)
    tx.tell(_SEIZE, id=person)
    tx.tell(_BURY, id=person, now=now)


def as_person(person: int, row: Any) -> Person:
    """Return the copy of `person` in the columns of a row."""
    return Person(
        id=person,
        username=row.username,
        fullname=row.fullname,
        clock=Clock(row.timezone, row.day_starts_at),
        version=row.version,
        deleted=row.deleted_at is not None,
    )


def _columns(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "username": person.username,
        "fullname": person.fullname,
        "timezone": person.clock.timezone,
        "day_starts_at": person.clock.day_starts_at,
        "version": person.version,
    }
