"""Parts that are not open. The primary key gives each to one member at most."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import Connection, Database

_CLAIM = text(
    """
    insert into part (khatma_id, number, person_id, claimed_at)
    values (:khatma, :number, :person, :now)
    """
)
# An open part is claimed and finished in one step.
_FINISH = text(
    """
    insert into part (khatma_id, number, person_id, claimed_at, done_at)
    values (:khatma, :number, :person, :now, :now)
    on conflict (khatma_id, number) do update set done_at = excluded.done_at
    where part.person_id = excluded.person_id and part.done_at is null
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
    from part left join person on person.id = part.person_id
    where part.khatma_id = :khatma order by part.number
    """
)


class LostPart(Exception):
    """A part is another's or done; the khatma was not locked, and nothing may be committed."""


def claim(tx: Connection, khatma: int, number: int, person: int, now: datetime) -> None:
    """Give an open part to `person`. An IntegrityError means that it was not open."""
    tx.execute(_CLAIM, {"khatma": khatma, "number": number, "person": person, "now": now})


def finish(tx: Connection, khatma: int, number: int, person: int, now: datetime) -> None:
    """Note that `person` has done a part, theirs or open. Raises LostPart for another's."""
    values = {"khatma": khatma, "number": number, "person": person, "now": now}
    if tx.execute(_FINISH, values).rowcount != 1:
        raise LostPart(f"part {number} of khatma {khatma} is not for person {person}")


def free(tx: Connection, khatma: int, person: int) -> None:
    """Open what `person` holds and has not done."""
    tx.execute(_FREE, {"khatma": khatma, "person": person})


def unname(tx: Connection, khatma: int, person: int) -> None:
    """Take the name of `person` from what they had done."""
    tx.execute(_UNNAME, {"khatma": khatma, "person": person})


def of(db: Database, khatma: int) -> Sequence[Row[Any]]:
    """Return the parts that are not open, with their people, lowest number first."""
    return db.read(_OF, khatma=khatma)
