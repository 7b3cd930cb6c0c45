"""Parts that are not open. The primary key gives each to one member at most."""

from datetime import datetime

from sqlalchemy import text

from chassis.data.transaction import Transaction
from khatma.domain.khatma import Khatma

# Takes a part and counts it in its khatma, in one statement.
_CLAIM = text(
    """
    with claimed as (
        insert into part (khatma_id, number, person_id, claimed_at)
        values (:khatma, :number, :person, :now)
    )
    update khatma set open_parts = :open, member_count = :members where id = :khatma
    """
)
_FREE = text(
    "delete from part where khatma_id = :khatma and person_id = :person and done_at is null"
)
_UNNAME = text("update part set person_id = null where khatma_id = :khatma and person_id = :person")


def claim(tx: Transaction, khatma: Khatma, number: int, person: int, now: datetime) -> None:
    """Give an open part to `person`; of one that is not open, the transaction fails.

    `khatma` is how it is afterwards.
    """
    tx.tell(
        _CLAIM,
        khatma=khatma.id,
        number=number,
        person=person,
        now=now,
        open=len(khatma.parts.open),
        members=len(khatma.members),
    )


def free(tx: Transaction, khatma: int, person: int) -> None:
    """Open what `person` holds and has not done."""
    tx.tell(_FREE, khatma=khatma, person=person)


def unname(tx: Transaction, khatma: int, person: int) -> None:
    """Take the name of `person` from what they had done."""
    tx.tell(_UNNAME, khatma=khatma, person=person)
