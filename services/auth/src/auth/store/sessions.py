"""Sessions, their refresh tokens, and the ends of sessions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from auth.domain.account import Account
from auth.store import accounts
from chassis.database import Connection, Database
from chassis.retention import delete_in_batches

_BEGIN = text(
    """
    insert into session (sid, user_id, begun_at, expires_at)
    values (:sid, :user, :now, :expires_at)
    """
)
_ADD_TOKEN = text(
    """
    insert into refresh_token (digest, sid, expires_at) values (:digest, :sid, :expires_at)
    """
)
_PROLONG = text(
    "update session set expires_at = greatest(expires_at, :expires_at) where sid = :sid"
)
_HOLDER = text(
    f"""
    select {accounts.COLUMNS}, session.sid, refresh_token.spent_at
    from refresh_token
    join session on session.sid = refresh_token.sid
    join account on account.id = session.user_id
    where refresh_token.digest = :digest and refresh_token.expires_at > :now
    """  # noqa: S608
)
_SPEND = text(
    """
    update refresh_token set spent_at = :now
    where digest = :digest and (spent_at is null or spent_at > :since)
    """
)
# Locked in the order of their ids, and before their tokens, so that no two requests that end
# sessions or spend tokens wait for each other.
_HOLD = text("select 1 from session where sid = :sid for update")
_END = text(
    """
    with held as (
        select sid from session where user_id = :user and sid = any(:sids) order by sid for update
    ), gone as (
        delete from session where sid in (select sid from held) returning sid, user_id
    )
    insert into ended_session (user_id, sid, ended_at) select user_id, sid, :now from gone
    returning sid
    """
)
_END_OTHERS = text(
    """
    with held as (
        select sid from session where user_id = :user and sid <> :kept order by sid for update
    ), gone as (
        delete from session where sid in (select sid from held) returning sid, user_id
    )
    insert into ended_session (user_id, sid, ended_at) select user_id, sid, :now from gone
    returning sid
    """
)
_NOTE_ALL_ENDED = text(
    "insert into ended_session (user_id, sid, ended_at) values (:user, null, :now)"
)
_ENDED_SINCE = text(
    """
    select user_id, sid, ended_at from ended_session where ended_at >= :since order by ended_at, id
    """
)
_FORGET_ENDED = text(
    """
    delete from ended_session where id in
        (select id from ended_session where ended_at < :before limit :batch)
    """
)
_FORGET_TOKENS = text(
    """
    delete from refresh_token where digest in
        (select digest from refresh_token where expires_at < :before limit :batch)
    """
)
_FORGET_SESSIONS = text(
    """
    delete from session where sid in
        (select sid from session where expires_at < :before limit :batch)
    """
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a refresh token stands for, in which session, and when it was exchanged, if it was."""

    account: Account
    sid: str
    spent_at: datetime | None


def begin(tx: Connection, user: int, sid: str, now: datetime, expires_at: datetime) -> None:
    """Begin the session `sid` of `user`."""
    tx.execute(_BEGIN, {"user": user, "sid": sid, "now": now, "expires_at": expires_at})


def add_token(tx: Connection, sid: str, digest: bytes, expires_at: datetime) -> None:
    """Give the session a refresh token, known by its digest; it lasts as long at least."""
    tx.execute(_ADD_TOKEN, {"sid": sid, "digest": digest, "expires_at": expires_at})
    tx.execute(_PROLONG, {"sid": sid, "expires_at": expires_at})


def holder(db: Database, digest: bytes, now: datetime) -> Holder | None:
    """Return who holds the refresh token, or None where there is no such token (any more)."""
    rows = db.read(_HOLDER, digest=digest, now=now)
    if not rows:
        return None
    return Holder(accounts.from_row(rows[0]), rows[0].sid, rows[0].spent_at)


def spend(tx: Connection, sid: str, digest: bytes, now: datetime, since: datetime) -> bool:
    """Spend a refresh token of `sid`; False where it is gone or was spent until `since`."""
    tx.execute(_HOLD, {"sid": sid})
    return tx.execute(_SPEND, {"digest": digest, "now": now, "since": since}).rowcount == 1


def end(tx: Connection, user: int, sids: Collection[str], now: datetime) -> list[str]:
    """End those of the sessions `sids` that are the user's and not over yet; return which."""
    rows = tx.execute(_END, {"user": user, "sids": list(sids), "now": now})
    return [row.sid for row in rows]


def end_others(tx: Connection, user: int, kept: str, now: datetime) -> list[str]:
    """End every session of `user` but `kept`; return which."""
    rows = tx.execute(_END_OTHERS, {"user": user, "kept": kept, "now": now})
    return [row.sid for row in rows]


def note_all_ended(tx: Connection, user: int, before: datetime) -> None:
    """Remember that every session of `user` begun before `before` ended, with the account."""
    tx.execute(_NOTE_ALL_ENDED, {"user": user, "now": before})


def ended_since(db: Database, since: datetime) -> Sequence[Row[Any]]:
    """Return `(user_id, sid or None, ended_at)` of what ended at `since` or later."""
    return db.read(_ENDED_SINCE, since=since)


def forget(db: Database, *, ended_before: datetime, expired_before: datetime) -> int:
    """Delete old ends, and tokens and sessions long expired; return how many rows went."""
    return (
        delete_in_batches(db, _FORGET_ENDED, before=ended_before)
        + delete_in_batches(db, _FORGET_TOKENS, before=expired_before)
        + delete_in_batches(db, _FORGET_SESSIONS, before=expired_before)
    )
