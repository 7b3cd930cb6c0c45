"""Tickets by their hash, until they are taken or late."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.data.database import Reader, Transaction
from chassis.data.statements import by_value
from contracts.notify.methods import AddTicket, Ticket

# Of the person who is locked: so the bound holds, and nothing is added beside their erasure.
_ADD = text(
    """
    insert into ticket (hash, person_id, session, token_issued_at, token_expires_at, expires_at)
    select decode(cast(:hash as text), 'hex'), cast(:person as bigint), cast(:session as text),
           cast(:issued_at as double precision), cast(:expires_at as double precision),
           cast(:until as timestamptz)
    where (
        select count(*) from ticket where person_id = :person and expires_at > :now
    ) < cast(:most as bigint)
    returning 1
    """
)
_GOOD = """
    from ticket
    where hash = decode(cast(:hash as text), 'hex') and expires_at > :now
      and not exists (
          select from person where person.id = ticket.person_id and deleted_at is not null
      )
"""
_WHOSE = "person_id, session, token_issued_at, token_expires_at"
_TAKE = text(f"delete {_GOOD} returning {_WHOSE}")
_FIND = text(f"select {_WHOSE} {_GOOD}")
FORGET = by_value(
    """
    delete from ticket where hash in (
        select hash from ticket where expires_at < :before limit :batch
    )
    returning 1
    """
)
ERASE = text(
    """
    delete from ticket where hash in (
        select hash from ticket where person_id = :person limit :batch
    )
    returning 1
    """
)


def add(
    tx: Transaction,
    person: int,
    session: str,
    asked: AddTicket,
    *,
    now: datetime,
    until: datetime,
    most: int,
) -> bool:
    """Keep a ticket of a person who is locked; say whether they have fewer than `most`."""
    return bool(
        tx.ask(_ADD, person=person, session=session, now=now, until=until, most=most, **dict(asked))
    )


def take(tx: Transaction, hash: str, now: datetime) -> Ticket | None:
    """Take a ticket, which nobody can take again; None where there is none that is good `now`."""
    return _first(tx.ask(_TAKE, hash=hash, now=now))


def find(reader: Reader, hash: str, now: datetime) -> Ticket | None:
    """Return a ticket, which stays; None where there is none that is good `now`."""
    return _first(reader.ask(_FIND, hash=hash, now=now))


def _first(rows: Sequence[Any]) -> Ticket | None:
    for row in rows:
        return Ticket(
            person=row.person_id,
            session=row.session,
            issued_at=row.token_issued_at,
            expires_at=row.token_expires_at,
        )
    return None
