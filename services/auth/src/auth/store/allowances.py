"""What origins have used of their allowance, shared by all instances: a row for each origin."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from auth.domain.rate import WINDOW, Rate
from chassis.data.database import Database
from chassis.data.retention import delete_in_batches

# Takes one where there is room, and returns a row if it did. One statement, so that the uses of
# an origin are counted one after the other, by whichever instance.
TAKE = """
    insert into allowance as used (kind, origin, spent_until)
    select :kind, :origin, :now + cast(:interval as interval) where :limited
    on conflict (kind, origin) do update
        set spent_until = greatest(used.spent_until, :now) + cast(:interval as interval)
        where greatest(used.spent_until, :now) + cast(:interval as interval)
            <= :now + cast(:window as interval)
    returning 1
"""
_TAKE = text(TAKE)
_FORGET = text(
    """
    delete from allowance where spent_until < :before and (kind, origin) in
        (select kind, origin from allowance where spent_until < :before limit :batch)
    """
)


def values(kind: str, origin: str, rate: Rate, now: datetime) -> dict[str, Any]:
    """Return what `TAKE` is told. Without an origin, from inside, nothing is limited."""
    return {
        "kind": kind,
        "origin": origin,
        "interval": rate.interval,
        "window": WINDOW,
        "limited": rate.is_limited and bool(origin),
        "now": now,
    }


def take(db: Database, kind: str, origin: str, rate: Rate, now: datetime) -> bool:
    """Take one use of `kind` for `origin`; False, and nothing taken, where there is no room."""
    told = values(kind, origin, rate, now)
    return not told["limited"] or bool(db.read(_TAKE, **told))


def forget(db: Database, before: datetime) -> int:
    """Delete what is whole again; return how many rows went."""
    return delete_in_batches(db, _FORGET, before=before)
