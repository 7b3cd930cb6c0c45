"""Sessions, their refresh tokens, and the ends of sessions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from auth.domain import throttle
from auth.domain.account import Account
from auth.domain.session import ENDED_AT_ONCE, MOST_FOR_ONE
from auth.store import accounts, failures
from chassis.data.database import Database, Reader, Transaction
from chassis.data.retention import delete_in_batches
from chassis.data.statements import by_value

# All of a login's changes: its account is held to the password that was verified until the commit,
# and there is no session where that is another one by now, or where failures overtook it. Asked
# twice, it has begun one session.
_BEGIN = text(
    f"""
    with held as (
        select {accounts.COLUMNS} from account
        where id = :user and password_hash = :password_hash for share
    ), throttled as ({failures.DECISIVE}), begun as (
        insert into session (sid, user_id, begun_at, expires_at)
        select cast(:sid as text), held.id, cast(:now as timestamptz),
               cast(:expires_at as timestamptz)
        from held, throttled where decisive is null
        on conflict (sid) do nothing
        returning sid
    ), given as (
        insert into refresh_token (digest, family, sid, expires_at)
        select cast(:digest as bytea), cast(:family as bytea), sid,
               cast(:expires_at as timestamptz)
        from begun
    )
    select held.*, decisive from throttled left join held on true
    """  # noqa: S608
)
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
# What the sessions `held` come to.
_GONE = """
    gone as (
        delete from session where sid in (select sid from held) returning sid, user_id
    )
    insert into ended_session (user_id, sid, ended_at)
    select user_id, sid, cast(:now as timestamptz) from gone
    returning sid
"""
# Locked in the order of their ids, and before their tokens, so that no two requests that end
# sessions or spend tokens wait for each other.
_END = text(
    f"""
    with held as (
        select sid from session where user_id = :user and sid = any(cast(:sids as text[]))
        order by sid for update
    ), {_GONE}
    """  # noqa: S608
)
_END_OTHERS = text(
    f"""
    with held as (
        select sid from session where user_id = :user and sid <> :kept order by sid for update
    ), {_GONE}
    """  # noqa: S608
)
_END_OLDEST = text(
    f"""
    with oldest as (
        select sid from session where user_id = :user
        order by begun_at desc, sid offset :most limit :batch
    ), held as (
        select sid from session where sid in (select sid from oldest) order by sid for update
    ), {_GONE}
    """  # noqa: S608
)
_NOTE_ALL_ENDED = text(
    "insert into ended_session (user_id, sid, ended_at) values (:user, null, :now)"
)
_ENDED_SINCE = text(
    """
    select user_id, sid, ended_at from ended_session where ended_at >= :since order by ended_at, id
    """
)
_FORGET_ENDED = by_value(
    """
    delete from ended_session where id in
        (select id from ended_session where ended_at < :before limit :batch)
    returning 1
    """
)
_FORGET_TOKENS = by_value(
    """
    delete from refresh_token where digest in
        (select digest from refresh_token where expires_at < :before limit :batch)
    returning 1
    """
)
_FORGET_SESSIONS = by_value(
    """
    delete from session where sid in
        (select sid from session where expires_at < :before limit :batch)
    returning 1
    """
)


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


@dataclass(frozen=True, slots=True)
class Begun:
    """What came of beginning a session.

    Attributes:
        account: Of whom; None where the password is another one, or the account was deleted.
        seconds_left: For how long their failures shut them out; no session then.
    """

    account: Account | None
    seconds_left: int


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


def begin(
    reader: Reader,
    account: Account,
    sid: str,
    *,
    token: Token,
    failing: tuple[bytes, str],
    now: datetime,
) -> Begun:
    """Begin the session `sid` of `account`, as long as its password is the same, with `token`.

    Args:
        reader: Asks; one statement is all, so it need be no transaction.
        account: As it was when its password was verified.
        sid: The new session.
        token: Its refresh token.
        failing: Whose failures would shut them out: the account's mark, and the origin.
        now: The present.
    """
    row = reader.ask(
        _BEGIN,
        **failures.values(*failing, now),
        user=account.id,
        password_hash=account.password_hash,
        sid=sid,
        now=now,
        digest=token.digest,
        family=token.family,
        expires_at=token.expires_at,
    )[0]
    return Begun(
        account=None if row.id is None else accounts.from_row(row),
        seconds_left=throttle.seconds_left(row.decisive, now),
    )


def end_oldest(tx: Transaction, user: int, now: datetime) -> list[str]:
    """End the oldest of the sessions of `user` beyond those that one may have; return which."""
    rows = tx.ask(_END_OLDEST, user=user, now=now, most=MOST_FOR_ONE, batch=ENDED_AT_ONCE)
    return [row.sid for row in rows]


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


def end(tx: Transaction, user: int, sids: Collection[str], now: datetime) -> list[str]:
    """End those of the sessions `sids` that are the user's and not over yet; return which."""
    rows = tx.ask(_END, user=user, sids=list(sids), now=now)
    return [row.sid for row in rows]


def end_others(tx: Transaction, user: int, kept: str, now: datetime) -> list[str]:
    """End every session of `user` but `kept`; return which."""
    rows = tx.ask(_END_OTHERS, user=user, kept=kept, now=now)
    return [row.sid for row in rows]


def note_all_ended(tx: Transaction, user: int, before: datetime) -> None:
    """Remember that every session of `user` begun before `before` ended, with the account."""
    tx.tell(_NOTE_ALL_ENDED, user=user, now=before)


def ended_since(reader: Reader, since: datetime) -> Sequence[Any]:
    """Return `(user_id, sid or None, ended_at)` of what ended at `since` or later."""
    return reader.ask(_ENDED_SINCE, since=since)


def forget(db: Database, *, ended_before: datetime, expired_before: datetime) -> int:
    """Delete old ends, and tokens and sessions long expired; return how many rows went."""
    return (
        delete_in_batches(db, _FORGET_ENDED, before=ended_before)
        + delete_in_batches(db, _FORGET_TOKENS, before=expired_before)
        + delete_in_batches(db, _FORGET_SESSIONS, before=expired_before)
    )
