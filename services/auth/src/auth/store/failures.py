"""Failed logins, shared by all instances."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from auth.domain import throttle
from chassis.data.database import Database, Reader, Transaction
from chassis.data.retention import delete_in_batches
from chassis.data.statements import by_value

# The failure that has to age out before there is room for another try: the tenth newest of the
# account and origin, or the hundredth newest of the origin.
DECISIVE = """
    select greatest(
        (
            select failed_at from failure
            where account = :account and origin = :origin and failed_at > :since
            order by failed_at desc offset :per_account limit 1
        ),
        (
            select failed_at from failure where origin = :origin and failed_at > :since
            order by failed_at desc offset :per_origin limit 1
        )
    ) as decisive
"""
_DECISIVE = text(DECISIVE)
_ONE_AT_A_TIME = text(
    "select pg_advisory_xact_lock(hashtextextended('failure ' || cast(:origin as text), 0))"
)
_ADD = text("insert into failure (account, origin, failed_at) values (:account, :origin, :now)")
_FORGET = by_value(
    """
    delete from failure where id in (select id from failure where failed_at < :before limit :batch)
    returning 1
    """
)


def values(account: bytes, origin: str, now: datetime) -> dict[str, Any]:
    """Return what `DECISIVE` is told."""
    return {
        "account": account,
        "origin": origin,
        "since": now - throttle.WINDOW,
        "per_account": throttle.PER_ACCOUNT_AND_ADDRESS - 1,
        "per_origin": throttle.PER_ADDRESS - 1,
    }


def seconds_left(reader: Reader, account: bytes, origin: str, now: datetime) -> int:
    """Return for how long the account may not be tried from `origin`, in seconds; 0 if it may."""
    row = reader.ask(_DECISIVE, **values(account, origin, now))[0]
    return throttle.seconds_left(row.decisive, now)


def add(tx: Transaction, account: bytes, origin: str, now: datetime) -> int:
    """Count a failure, or where there were too many already, return the seconds left to wait.

    Failures of one origin are counted one after the other, so that guesses sent at once are
    no more than guesses sent in turn.
    """
    tx.tell(_ONE_AT_A_TIME, origin=origin)
    left = seconds_left(tx, account, origin, now)
    if not left:
        tx.tell(_ADD, account=account, origin=origin, now=now)
    return left


def forget(db: Database, before: datetime) -> int:
    """Delete failures that no count looks at any more; return how many rows went."""
    return delete_in_batches(db, _FORGET, before=before)
