"""Parts that are not open. The primary key gives each to one member at most."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.database import Connection, Database

_CLAIM = text(
    """
    insert into part (khatma_id, number, person_id, claimed_at)
    select :khatma, number, :person, :now from unnest(cast(:numbers as smallint[])) as number
    """
)
_FINISH = text(
    """
    update part set done_at = :now
    where khatma_id = :khatma and number = :number and person_id = :person and done_at is null
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
    """A part was not as the locked khatma said; the transaction must not commit."""


def claim(tx: Connection, khatma: int, numbers: Sequence[int], person: int, now: datetime) -> None:
    """Give open parts to `person`. An IntegrityError means that one was not open."""
    values = {"khatma": khatma, "numbers": list(numbers), "person": person, "now": now}
    tx.execute(_CLAIM, values)


def finish(tx: Connection, khatma: int, number: int, person: int, now: datetime) -> None:
    """Note that `person` has done the part that they hold. Raises LostPart where they do not."""
    values = {"khatma": khatma, "number": number, "person": person, "now": now}
    if tx.execute(_FINISH, values).rowcount != 1:
        raise LostPart(f"part {number} of khatma {khatma} is not held by person {person}")


def free(tx: Connection, khatma: int, person: int) -> None:
    """Open what `person` holds and has not done."""
    tx.execute(_FREE, {"khatma": khatma, "person": person})


def unname(tx: Connection, khatma: int, person: int) -> None:
    """Take the name of `person` from what they had done."""
    tx.execute(_UNNAME, {"khatma": khatma, "person": person})


def of(db: Database, khatma: int) -> Sequence[Row[Any]]:
    """Return the parts that are not open, with their people, lowest number first."""
    return db.read(_OF, khatma=khatma)
