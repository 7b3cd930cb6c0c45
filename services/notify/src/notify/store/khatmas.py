"""Khatmas that ended, and the invitations that go with them.

Whoever tells an invitation shares the khatma's lock, and whoever ends the khatma has it alone: so
an invitation is either told before and found by the withdrawal, or sees the end and is not told.
"""

from datetime import datetime

from sqlalchemy import text

from chassis.data.database import Transaction
from chassis.data.statements import by_value
from notify.store.told import Sent

# Each lock is a statement of its own, in the message of the next one: what one statement reads
# beside a lock that it had to wait for is older than the lock.
_SHARE = text(
    "select pg_advisory_xact_lock_shared(hashtextextended('khatma/' || cast(:id as bigint), 0))"
)
_LOCK = text("select pg_advisory_xact_lock(hashtextextended('khatma/' || cast(:id as bigint), 0))")
_HAS_ENDED = text("select from ended_khatma where id = :id")
_END = text("insert into ended_khatma (id, ended_at) values (:id, :at) on conflict do nothing")
# People are held in the order of their ids, as everybody holds them. Someone who is gone is left
# to their erasure; one who reads it right now keeps it.
_LOCK_INVITED = text(
    """
    select id from person where id in (
        select person_id from notification
        where khatma_id = :khatma and kind = 'khatma_invitation' and read_at is null
          and person_id > :after
        order by person_id limit :batch
    )
    order by id for no key update
    """
)
_WITHDRAW = text(
    """
    with gone as (
        delete from notification
        where khatma_id = :khatma and kind = 'khatma_invitation' and read_at is null
          and person_id = any(cast(:people as bigint[]))
        returning id, person_id
    ), counted as (
        select person_id, count(*) as gone from gone group by person_id
    ), held as (
        update person set total = total - counted.gone, unread = unread - counted.gone
        from counted where person.id = counted.person_id and person.deleted_at is null
    )
    select id, person_id from gone order by id
    """
)
FORGET_ENDED = by_value(
    """
    delete from ended_khatma where id in (
        select id from ended_khatma where ended_at < :before limit :batch
    )
    returning 1
    """
)


def has_ended(tx: Transaction, khatma: int) -> bool:
    """Say whether the khatma is gone; if not, it does not end before the transaction does."""
    tx.tell(_SHARE, id=khatma)
    return bool(tx.ask(_HAS_ENDED, id=khatma))


def end(tx: Transaction, khatma: int, at: datetime) -> None:
    """Remember that the khatma ended, once every invitation to it that is under way is told."""
    tx.tell(_LOCK, id=khatma)
    tx.tell(_END, id=khatma, at=at)


def withdraw(
    tx: Transaction, khatma: int, *, after: int, batch: int
) -> tuple[list[Sent], int | None]:
    """Delete unread invitations to the khatma, of up to `batch` people with ids past `after`.

    Returns:
        Those that went, and the last of the people; None where nobody is left.
    """
    invited = tx.ask(_LOCK_INVITED, khatma=khatma, after=after, batch=batch)
    people = [row.id for row in invited]
    if not people:
        return [], None
    gone = tx.ask(_WITHDRAW, khatma=khatma, people=people)
    return [Sent(row.id, row.person_id) for row in gone], people[-1]
