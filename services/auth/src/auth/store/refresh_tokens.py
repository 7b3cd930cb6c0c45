"""Refresh tokens: whom they stand for, and how one takes the place of another."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from auth.domain.account import Account
from auth.store import accounts
from chassis.data.database import Reader, Transaction

_FIND_HOLDER = text(
    f"""
    select {accounts.COLUMNS}, session.sid, token.family is not null as of_family,
           case when token.digest = :digest then token.spent_at
                when token.previous = :digest then token.rotated_at
                else to_timestamp(0) end as spent_at
    from refresh_token as token
    join session on session.sid = token.sid
    join account on account.id = session.user_id
    where (token.digest = :digest or token.family = :family) and token.expires_at > :now
    """  # noqa: S608
)
# Locks the session, as all that change its tokens do first.
_PROLONG = text(
    "update session set expires_at = greatest(expires_at, :expires_at) where sid = :sid"
)
_ROTATE = text(
    """
    update refresh_token
    set digest = :another, previous = :digest, rotated_at = :now, expires_at = :expires_at
    where family = :family and spent_at is null
        and (digest = :digest or previous = :digest and rotated_at > :since)
    returning 1
    """
)
# A token of before there were families gives way to one that has one.
_REPLACE = text(
    """
    with spent as (
        update refresh_token set spent_at = :now
        where digest = :digest and (spent_at is null or spent_at > :since)
        returning sid
    )
    insert into refresh_token (digest, family, sid, expires_at)
    select cast(:another as bytea), cast(:family as bytea), sid, cast(:expires_at as timestamptz)
    from spent
    returning 1
    """
)


@dataclass(frozen=True, slots=True)
class Token:
    """What is stored of a refresh token.

    Attributes:
        digest: Of the token.
        family: Of its family.
        expires_at: When it is good no more.
    """

    digest: bytes
    family: bytes | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a refresh token stands for, in which session, and when it was exchanged, if it was.

    Attributes:
        spent_at: Long ago for every token of the family but the current one and the one before.
        of_family: Whether the token names its family; those of before do not.
    """

    account: Account
    sid: str
    spent_at: datetime | None
    of_family: bool


def find_holder(
    reader: Reader, digest: bytes, family: bytes | None, now: datetime
) -> Holder | None:
    """Return who holds the refresh token, or None where there is no such token (any more)."""
    rows = reader.ask(_FIND_HOLDER, digest=digest, family=family, now=now)
    if not rows:
        return None
    row = rows[0]
    return Holder(accounts.from_row(row), row.sid, row.spent_at, row.of_family)


def rotate(
    tx: Transaction, held: Holder, digest: bytes, another: Token, *, now: datetime, since: datetime
) -> bool:
    """Exchange a refresh token for `another`.

    Args:
        tx: The transaction.
        held: Who holds the token.
        digest: Of the token that is spent.
        another: What takes its place.
        now: The present.
        since: A token that was spent later than this may be exchanged once more.

    Returns:
        Whether it was; False where it is gone or was spent before.
    """
    tx.tell(_PROLONG, sid=held.sid, expires_at=another.expires_at)
    rows = tx.ask(
        _ROTATE if held.of_family else _REPLACE,
        digest=digest,
        another=another.digest,
        family=another.family,
        expires_at=another.expires_at,
        now=now,
        since=since,
    )
    return bool(rows)
