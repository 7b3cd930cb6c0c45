"""Parts that are not open. The primary key gives each to one member at most."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.data.database import Connection, Database
from khatma.domain.khatma import Khatma

# Each takes a part and counts it in its khatma, in one statement.
_CLAIM = text(
    """
    with claimed as (
        insert into part (khatma_id, number, person_id, claimed_at)
        values (:khatma, :number, :person, :now)
    )
    update khatma set open_parts = :open, member_count = :members where id = :khatma
    """
)
# An open part is claimed and finished in one step.
_FINISH = text(
    """
    with finished as (
        insert into part (khatma_id, number, person_id, claimed_at, done_at)
        values (:khatma, :number, :person, :now, :now)
        on conflict (khatma_id, number) do update set done_at = excluded.done_at
        where part.person_id = excluded.person_id and part.done_at is null
        returning 1
    )
    update khatma
    set open_parts = :open, done_parts = :done, completed_at = case when :done = 30 then :now end
    where id = :khatma and exists (select from finished)
    """
)
_FREE = text(
    "delete from part where khatma_id = :khatma and person_id = :person and done_at is null"
)
_UNNAME = text("update part set person_id = null where khatma_id = :khatma and person_id = :person")
_OF = text(
    """
    select part.number, part.person_id, part.done_at,
           person.username, person.fullname, person.version
    from part left join lateral (
        select username, fullname, version from person where id = part.person_id limit 1
    ) as person on true
    where part.khatma_id = :khatma order by part.number
    """
)


class LostPart(Exception):
    """A part is another's or done; the khatma was not locked, and nothing may be committed."""


def claim(tx: Connection, khatma: Khatma, number: int, person: int, now: datetime) -> None:
    """Give an open part to `person`; an IntegrityError means that it was not open.

    `khatma` is how it is afterwards.
    """
    values = {"khatma": khatma.id, "number": number, "person": person, "now": now}
    counts = {"open": len(khatma.parts.open), "members": len(khatma.members)}
    tx.execute(_CLAIM, values | counts)


def finish(tx: Connection, khatma: Khatma, number: int, person: int, now: datetime) -> None:
    """Note that `person` has done a part, theirs or open. Raises LostPart for another's.

    `khatma` is how it is afterwards.
    """
    values = {"khatma": khatma.id, "number": number, "person": person, "now": now}
    counts = {"open": len(khatma.parts.open), "done": len(khatma.parts.done)}
    if tx.execute(_FINISH, values | counts).rowcount != 1:
        raise LostPart(f"part {number} of khatma {khatma.id} is not for person {person}")


def free(tx: Connection, khatma: int, person: int) -> None:
    """Open what `person` holds and has not done."""
    tx.execute(_FREE, {"khatma": khatma, "person": person})


def unname(tx: Connection, khatma: int, person: int) -> None:
    """Take the name of `person` from what they had done."""
    tx.execute(_UNNAME, {"khatma": khatma, "person": person})


def of(db: Database, khatma: int) -> Sequence[Row[Any]]:
    """Return the parts that are not open, with their people, lowest number first."""
    return db.read(_OF, khatma=khatma)
