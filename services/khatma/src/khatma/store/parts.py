"""Parts that are not open. The primary key gives each to one member at most."""

from datetime import datetime

from sqlalchemy import text

from chassis.data.transaction import Transaction
from khatma.domain.khatma import Khatma

# Takes a part and counts it in its khatma, in one statement.
_CLAIM = text(
    """
    with claimed as (
        insert into part (khatma_id, number, person_id, claimed_at, chosen)
        values (:khatma, :number, :person, :now, :chosen)
    )
    update khatma set open_parts = :open, member_count = :members where id = :khatma
    """
)
_CHOOSE = text(
    "update part set chosen = true where khatma_id = :khatma and number = :number and not chosen"
)
# An unfinished session goes with the part that it was of; a finished one stays its reader's.
_LET_GO = text(
    """
    with unread as (
        delete from reading
        where khatma_id = :khatma and person_id = :person and number = :number
            and not is_completed
    )
    delete from part where khatma_id = :khatma and number = :number and done_at is null
    """
)
_FREE = text(
    """
    with unread as (
        delete from reading
        where khatma_id = :khatma and person_id = :person and not is_completed
    )
    delete from part where khatma_id = :khatma and person_id = :person and done_at is null
    """
)
_UNNAME = text("update part set person_id = null where khatma_id = :khatma and person_id = :person")


def claim(
    tx: Transaction,
    khatma: Khatma,
    number: int,
    person: int,
    now: datetime,
    *,
    chosen: bool = False,
) -> None:
    """Give an open part to `person`; of one that is not open, the transaction fails.

    `khatma` is how it is afterwards; `chosen` says whether they named the part.
    """
    tx.tell(
        _CLAIM,
        khatma=khatma.id,
        number=number,
        person=person,
        now=now,
        chosen=chosen,
        open=len(khatma.parts.open),
        members=len(khatma.members),
    )


def choose(tx: Transaction, khatma: int, number: int) -> None:
    """Note that its holder named a part that had fallen to them."""
    tx.tell(_CHOOSE, khatma=khatma, number=number)


def let_go(tx: Transaction, khatma: int, number: int, person: int) -> None:
    """Open a part that `person` holds; its khatma is counted by who takes another."""
    tx.tell(_LET_GO, khatma=khatma, number=number, person=person)


def free(tx: Transaction, khatma: int, person: int) -> None:
    """Open what `person` holds and has not done, and drop what they said of it."""
    tx.tell(_FREE, khatma=khatma, person=person)


def unname(tx: Transaction, khatma: int, person: int) -> None:
    """Take the name of `person` from what they had done."""
    tx.tell(_UNNAME, khatma=khatma, person=person)
