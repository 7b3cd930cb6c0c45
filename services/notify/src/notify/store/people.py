"""Notify's copy of people.

Whoever changes anything of a person takes their row first: that one order keeps the counters
exact and no two transactions waiting for each other.
"""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import text

from chassis.data.database import Connection
from notify.domain.people import Profile

_REMEMBER = text(
    """
    insert into person (id, username, fullname, version)
    values (:id, :username, :fullname, :version)
    on conflict (id) do update
        set username = excluded.username, fullname = excluded.fullname,
            version = excluded.version
        where person.version < excluded.version and person.deleted_at is null
    """
)
_TAKE = text("select deleted_at is not null from person where id = :id for no key update")
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
        """
    ),
    text(
        """
        delete from told where ctid in (
            select ctid from told where person_id = :person limit :batch
        )
        """
    ),
)
"""What is held of a person beyond their row, each deleting up to `:batch` rows."""


def remember(tx: Connection, profile: Profile) -> None:
    """Keep `profile`, unless a newer one is known or the person is gone."""
    tx.execute(_REMEMBER, asdict(profile))


def take(tx: Connection, person: int) -> bool | None:
    """Hold the person's row until the end of the transaction.

    Returns:
        Whether the person is gone; None where no row of theirs exists.
    """
    gone: bool | None = tx.execute(_TAKE, {"id": person}).scalar()
    return gone


def bury(tx: Connection, person: int, at: datetime) -> None:
    """Forget who the person was, and remember that they are gone: nothing is told them any more."""
    tx.execute(_BURY, {"id": person, "at": at})
