"""Khatmas of whose members nobody was told yet."""

from typing import NamedTuple

from sqlalchemy import text

from chassis.data.database import Transaction
from chassis.data.statements import by_value

_NEXT = by_value(
    "select khatma_id from unlisted order by khatma_id limit :most for update skip locked"
)
# A statement of its own, in the message of the next one: who is in is read behind the lock that
# every command on a khatma takes, so it is true at the number that the event gets.
_LOCK = text(
    """
    select from khatma where id = any(cast(:khatmas as bigint[])) order by id for no key update
    """
)
_MEMBERS = text(
    """
    select khatma_id, array_agg(person_id order by person_id) as members
    from member where khatma_id = any(cast(:khatmas as bigint[])) group by khatma_id
    order by khatma_id
    """
)
_REMOVE = text("delete from unlisted where khatma_id = any(cast(:khatmas as bigint[]))")


class Listed(NamedTuple):
    """A khatma, and the ids of who is in it."""

    khatma: int
    members: list[int]


def take(tx: Transaction, most: int) -> tuple[int, list[Listed]]:
    """Take up to `most` of them; return how many there were, and who is in those that still are.

    Nobody comes in or leaves them before the commit.
    """
    khatmas = [row.khatma_id for row in tx.ask(_NEXT, most=most)]
    if not khatmas:
        return 0, []
    tx.tell(_LOCK, khatmas=khatmas)
    rows = tx.ask(_MEMBERS, khatmas=khatmas)
    tx.tell(_REMOVE, khatmas=khatmas)
    return len(khatmas), [Listed(row.khatma_id, row.members) for row in rows]
