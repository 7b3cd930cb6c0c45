"""Notifications that are told, and let go long after they were read.

A person's counters move in the same transaction.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from chassis.data.database import Transaction
from chassis.data.statements import by_value
from notify.domain.notices import Facts, Notice
from notify.domain.restraint import AN_HOUR, SAME_FACT_AFTER, most_by_one

# People are held in the order of their ids, so that two events to the same group do not wait for
# each other in a circle; then whoever tells one of them something has the person's list alone.
_ADD_READERS = text(
    """
    insert into person (id)
    select reader.id from unnest(cast(:readers as bigint[])) as reader (id) order by 1
    on conflict do nothing
    """
)
_LOCK_READERS = text(
    """
    select from person where id = any(cast(:readers as bigint[])) order by id for no key update
    """
)
# Another statement than the lock, in the same message: what one statement reads beside a lock that
# it had to wait for is older than the lock. It reads no more than a day of one fact and :most rows
# of one hour, each from an index; said as "not exists", the plan that holds for all values would
# read everybody's day. Someone who is gone is not told anything.
_TELL = text(
    """
    with reader as (
        select id from person
        where id = any(cast(:readers as bigint[])) and deleted_at is null
          and (
              select true from told
              where told.person_id = person.id and told.fact = :fact
                and told.at > :day_before and told.at < :day_after
              limit 1
          ) is null
          and (
              cast(:by as bigint) is null or id = :by
              or :most > (
                  select count(*) from (
                      select from told
                      where told.person_id = person.id and told.by_id = :by
                        and told.at > :hour_before and told.at < :hour_after
                      limit :most
                  ) as recent
              )
          )
    ), noted as (
        insert into told (person_id, fact, by_id, at)
        select id, cast(:fact as text), nullif(cast(:by as bigint), id), cast(:at as timestamptz)
        from reader
    ), counted as (
        update person set total = total + 1, unread = unread + 1
        from reader where person.id = reader.id
    )
    insert into notification
        (person_id, event_id, created_at, kind, about, khatma_id, khatma_name, facts)
    select id, cast(:event_id as uuid), cast(:at as timestamptz), cast(:kind as text),
           cast(:about as bigint), cast(:khatma_id as bigint), cast(:khatma_name as text),
           cast(:facts as jsonb)
    from reader order by id
    returning id, person_id
    """
)
FORGET_TOLD = by_value(
    """
    delete from told where ctid in (select ctid from told where at < :before limit :batch)
    returning 1
    """
)

# In the order of the index, from where the batch before it ended.
_OLD = by_value(
    """
    select id, person_id, read_at from notification
    where read_at < :before and (read_at, id) > (:read_at, :id)
    order by read_at, id limit :batch
    """
)
# Someone who is busy with their notifications is left to the next sweep, and someone who is gone
# to their erasure.
_LOCK_FREE = text(
    """
    select id from person where id = any(cast(:people as bigint[])) and deleted_at is null
    order by id for no key update skip locked
    """
)
_SWEEP = text(
    """
    with gone as (
        delete from notification
        where id = any(cast(:ids as bigint[])) and person_id = any(cast(:people as bigint[]))
        returning person_id
    ), counted as (
        select person_id, count(*) as gone from gone group by person_id
    )
    update person set total = total - counted.gone from counted
    where person.id = counted.person_id
    """
)


class Sent(NamedTuple):
    """A notification just made, and whose it is."""

    id: int
    person: int


class Old(NamedTuple):
    """Where a batch of the sweep ended: a notification by when it was read."""

    read_at: datetime
    id: int


BEGINNING = Old(datetime.min.replace(tzinfo=UTC), 0)


def tell(
    tx: Transaction, notice: Notice, event_id: UUID, at: datetime, by: int | None
) -> list[Sent]:
    """Make a notification for each reader of `notice`, in one message however many they are.

    Left out is who is gone, who was told the same fact within a day, and who was told as much
    by the same person within an hour as `domain.restraint` allows.

    Args:
        tx: The transaction.
        notice: What to tell whom.
        event_id: The event behind it; a person has one notification of it.
        at: When it happened.
        by: Id of the person who caused it, if any.
    """
    readers = list(notice.readers)
    tx.tell(_ADD_READERS, readers=readers)
    tx.tell(_LOCK_READERS, readers=readers)
    rows = tx.ask(
        _TELL,
        readers=readers,
        event_id=str(event_id),
        at=at,
        by=by,
        fact=notice.fact,
        day_before=at - SAME_FACT_AFTER,
        day_after=at + SAME_FACT_AFTER,
        hour_before=at - AN_HOUR,
        hour_after=at + AN_HOUR,
        most=most_by_one(notice.kind),
        kind=notice.kind.value,
        about=notice.about,
        khatma_id=notice.khatma.id,
        khatma_name=notice.khatma.name,
        facts=_facts_to_json(notice.facts),
    )
    return [Sent(row.id, row.person_id) for row in rows]


def sweep(tx: Transaction, *, before: datetime, batch: int, after: Old = BEGINNING) -> Old | None:
    """Delete what was read before a moment, of up to `batch` notifications past `after`.

    What is passed over is not looked at again: it never keeps what comes behind it.

    Returns:
        The last of the batch; None where nothing is left.
    """
    old = tx.ask(_OLD, before=before, batch=batch, **after._asdict())
    if not old:
        return None
    free = tx.ask(_LOCK_FREE, people=list({row.person_id for row in old}))
    tx.tell(_SWEEP, ids=[row.id for row in old], people=[row.id for row in free])
    return Old(old[-1].read_at, old[-1].id)


def _facts_to_json(facts: Facts) -> str:
    return json.dumps({name: value for name, value in asdict(facts).items() if value})
