"""Notify's copies of people, whose rows hold the counters of what they were told.

Whoever changes anything of a person takes their row first: that one order keeps the counters
exact and no two transactions waiting for each other.
"""

from sqlalchemy import text

from chassis.data.database import Transaction
from notify.store import tickets
from person.copies import Copies

people = Copies("username", "fullname")

# A release before this one kept a time zone, too.
_FORGET_COUNTERS = text(
    """
    update person set timezone = null, day_starts_at = null, total = 0, unread = 0 where id = :id
    """
)
# Who is out of every khatma is nobody's audience: so it goes before the rest of what they saw.
LEAVE = text(
    """
    delete from member where (khatma_id, person_id) in (
        select khatma_id, person_id from member where person_id = :person limit :batch
    )
    returning 1
    """
)
ERASE = (
    LEAVE,
    text(
        """
        delete from notification where id in (
            select id from notification where person_id = :person limit :batch
        )
        returning 1
        """
    ),
    text(
        """
        delete from told where ctid in (
            select ctid from told where person_id = :person limit :batch
        )
        returning 1
        """
    ),
    text(
        """
        delete from delivery where id in (
            select id from delivery where person_id = :person limit :batch
        )
        returning 1
        """
    ),
    text(
        """
        delete from activity where position in (
            select position from activity where person_id = :person limit :batch
        )
        returning 1
        """
    ),
    text(
        """
        delete from farewell where (position, person_id) in (
            select position, person_id from farewell where person_id = :person limit :batch
        )
        returning 1
        """
    ),
    tickets.ERASE,
)
"""What is held of a person beyond their row, each deleting up to `:batch` rows."""


def forget_counters(tx: Transaction, person: int) -> None:
    """Forget what else the row of a person holds, who is buried and is told nothing any more."""
    tx.tell(_FORGET_COUNTERS, id=person)
