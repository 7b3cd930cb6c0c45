"""What origins have used of their allowance, shared by all instances: a row for each origin."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from auth.domain.rate import WINDOW, Rate
from chassis.data.database import Database, Reader
from chassis.data.retention import delete_in_batches
from chassis.data.statements import by_value

# Takes one where there is room, and returns a row if it did. One statement, so that the uses of
# an origin are counted one after the other, by whichever instance.
TAKE = """
    insert into allowance as used (kind, origin, spent_until)
    select cast(:kind as text), cast(:origin as text),
           cast(:now as timestamptz) + cast(:interval as interval)
    where cast(:limited as boolean)
    on conflict (kind, origin) do update
        set spent_until
            = greatest(used.spent_until, cast(:now as timestamptz)) + cast(:interval as interval)
        where greatest(used.spent_until, cast(:now as timestamptz)) + cast(:interval as interval)
            <= cast(:now as timestamptz) + cast(:window as interval)
    returning 1
"""
_TAKE = text(TAKE)
_FORGET = by_value(
    """
    delete from allowance where spent_until < :before and (kind, origin) in
        (select kind, origin from allowance where spent_until < :before limit :batch)
    returning 1
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


def take(reader: Reader, kind: str, origin: str, rate: Rate, now: datetime) -> bool:
    """Take one use of `kind` for `origin`; False, and nothing taken, where there is no room."""
    told = values(kind, origin, rate, now)
    return not told["limited"] or bool(reader.ask(_TAKE, **told))


def forget(db: Database, before: datetime) -> int:
    """Delete what is whole again; return how many rows went."""
    return delete_in_batches(db, _FORGET, before=before)
