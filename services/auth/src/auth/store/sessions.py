"""Sessions: beginning, ending and forgetting them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from auth.domain import throttle
from auth.domain.account import Account
from auth.domain.session import ENDED_AT_ONCE, MOST_FOR_ONE
from auth.store import accounts, failures
from auth.store.refresh_tokens import Token
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
class Begun:
    """What came of beginning a session.

    Attributes:
        account: Of whom; None where the password is another one, or the account was deleted.
        seconds_left: For how long their failures shut them out; no session then.
    """

    account: Account | None
    seconds_left: int


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
