"""Which instances deliver, each known by its session with the database.

The server ends the session of a process that was killed at once, and keeps that of one that is only
slow, or stopped. So whoever is gone is told from whoever is late, and nobody has to say again and
again that they live.
"""

from datetime import timedelta

from sqlalchemy import text

from chassis.data.database import Reader, Transaction

# The number of a process is used again, also by a server that began anew.
_IS_THERE = """
    exists (
        select from pg_stat_activity as session
        where session.pid = deliverer.pid and session.backend_start = deliverer.began_at
    )
"""
_IS_MISSING = text(
    f"""
    select where exists (select from deliverer where not {_IS_THERE})
        or not exists (
            select from deliverer
            where id = cast(:id as uuid) and pid = pg_backend_pid() and missed_at is null
        )
    """  # noqa: S608
)
_APPEAR = text(
    """
    insert into deliverer (id, pid, began_at)
    select cast(:id as uuid), pid, backend_start from pg_stat_activity
    where pid = pg_backend_pid()
    on conflict (id) do update
    set pid = excluded.pid, began_at = excluded.began_at, missed_at = null
    """
)
# Whoever is locked appears just now, or is seen to by another instance. All times are the server's:
# the clocks of two instances may lie further apart than the time that one has to be back.
_MISS = text(
    f"""
    update deliverer set missed_at = now()
    where id in (
        select id from deliverer where missed_at is null and not {_IS_THERE}
        for update skip locked
    )
    """  # noqa: S608
)
_FORGET_GONE = text(
    f"""
    delete from deliverer
    where id in (
        select id from deliverer
        where missed_at <= now() - cast(:grace as interval) and not {_IS_THERE}
        for update skip locked
    )
    returning cast(id as text)
    """  # noqa: S608
)


def is_missing(reader: Reader, own: str) -> bool:
    """Tell whether an instance has no session any more, or is missed by another one.

    Args:
        reader: On the connection by whose session the instance `own` is known.
        own: The id of the instance that asks; it is missing, too, while it is not known.
    """
    return bool(reader.ask(_IS_MISSING, id=own))


def appear(tx: Transaction, own: str) -> None:
    """Let the instance `own` be known by the session of `tx`, and not be missed any more."""
    tx.tell(_APPEAR, id=own)


def forget_gone(tx: Transaction, grace: timedelta) -> list[str]:
    """Forget the instances that are gone, and return their ids; note who is missing from now on.

    Args:
        tx: The transaction.
        grace: How long after one was first missed it is gone, unless it appears again.
    """
    tx.tell(_MISS)
    return [row.id for row in tx.ask(_FORGET_GONE, grace=grace)]
