"""Notify's copy of people.

Whoever changes anything of a person takes their row first: that one order keeps the counters
exact and no two transactions waiting for each other.
"""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import text

from chassis.data.database import Reader, Transaction
from notify.domain.people import Profile

# A repeat waits for nobody: what is known already is seen without the row's lock.
_KEEP = text(
    """
    insert into person (id, username, fullname, version)
    select cast(:id as bigint), cast(:username as text), cast(:fullname as text),
           cast(:version as bigint)
    where not exists (
        select from person
        where id = :id and (version >= :version or deleted_at is not null)
    )
    on conflict (id) do update
        set username = excluded.username, fullname = excluded.fullname,
            version = excluded.version
        where person.version < excluded.version and person.deleted_at is null
    """
)
# A release before this one kept a time zone, too.
_BURY = text(
    """
    insert into person (id, deleted_at) values (:id, :at)
    on conflict (id) do update
        set deleted_at = coalesce(person.deleted_at, excluded.deleted_at), username = null,
            fullname = null, timezone = null, day_starts_at = null, total = 0, unread = 0
    """
)
ERASE = (
    text(
        """
        delete from notification where id in (
            select id from notification where person_id = :person limit :batch
        )
        returning 1
        """
    ),
    text(
        """
        delete from told where ctid in (
            select ctid from told where person_id = :person limit :batch
        )
        returning 1
        """
    ),
)
"""What is held of a person beyond their row, each deleting up to `:batch` rows."""


def keep(reader: Reader, profile: Profile) -> None:
    """Keep `profile`, unless a newer one is known or the person is gone."""
    reader.ask(_KEEP, **asdict(profile))


def bury(tx: Transaction, person: int, at: datetime) -> None:
    """Forget who the person was, and remember that they are gone: nothing is told them any more."""
    tx.tell(_BURY, id=person, at=at)
