"""Logging in, staying in, logging out."""

import math
from datetime import UTC, datetime
from typing import Any

from auth import events, tokens
from auth.domain.account import Account, PasswordChanged
from auth.domain.password import Hasher, forms
from auth.domain.session import KEPT_AFTER_END, NEVER, REDELIVERY, REFRESH
from auth.store import accounts, sessions
from auth.tokens import Signer
from auth.usecases.throttling import Guard, guard_address
from chassis import clock, commands, outbox, request
from chassis.database import Connection, Database
from chassis.encoding import Encoded
from contracts.auth import methods
from contracts.models import Done
from contracts.refusals import Unauthenticated
from contracts.rpc import Call


def log_in(db: Database, hasher: Hasher, signer: Signer, call: Call[methods.LogIn]) -> Encoded:
    """Begin a session for whoever knows the password.

    Raises:
        Unauthenticated: The e-mail or the password is wrong; which, it does not say.
        TooMany: There were too many failures.
    """
    body = call.body
    guard = guard_address(body.email, body.address)
    with db.reading() as connection:
        guard.check(connection)
    while True:
        account, stronger = _verified(db, hasher, guard, body)

        def begin(tx: Connection, account: Account = account, new: str = stronger) -> Any:
            guard.check(tx)
            return _begin(tx, signer, _held(tx, account, new))

        try:
            return commands.once(db, methods.LOG_IN, call, begin)
        except PasswordChanged:
            continue


def _verified(
    db: Database, hasher: Hasher, guard: Guard, body: methods.LogIn
) -> tuple[Account, str]:
    """Return the account whose password was given, and the hash that it shall have from now on."""
    account = accounts.by_email(db, body.email)
    matches = hasher.verify(account.password_hash if account else None, body.password)
    if account is None or not matches:
        raise guard.failed(db, Unauthenticated("The e-mail or the password is wrong."))
    if _is_outgrown(hasher, account.password_hash, body.password):
        return account, hasher.hash(body.password)
    return account, account.password_hash


def _is_outgrown(hasher: Hasher, encoded: str, password: str) -> bool:
    """Whether the hash of `password` has old figures, or was made of a form of before."""
    if hasher.is_outgrown(encoded):
        return True
    today, *before = forms(password)
    return bool(before) and not hasher.verify(encoded, today)


def _held(tx: Connection, account: Account, new_hash: str) -> Account:
    """Return the account, which keeps its password until the commit.

    Raises:
        PasswordChanged: It is not the one that was verified, or the account was deleted.
    """
    verified = account.password_hash
    if new_hash == verified:
        held = accounts.with_password(tx, account.id, verified)
    else:
        held = accounts.set_password(tx, account.id, old=verified, new=new_hash)
    if held is None:
        raise PasswordChanged
    return held


def _begin(tx: Connection, signer: Signer, account: Account) -> methods.LoggedIn:
    now = clock.now()
    sid, refresh = tokens.new_sid(), tokens.new_refresh()
    sessions.begin(tx, account.id, sid, now, now + REFRESH)
    sessions.add_token(tx, sid, tokens.digest(refresh), now + REFRESH)
    return methods.LoggedIn(
        access=signer.access(account, sid, now),
        refresh=refresh,
        user=methods.AccountBrief(id=account.id, username=account.username, email=account.email),
    )


def refresh(db: Database, signer: Signer, call: Call[methods.Refresh]) -> methods.Refreshed:
    """Answer a new access token of the same session, and where asked, another refresh token.

    A spent refresh token that comes again was stolen, or its thief was faster: nobody can tell
    which, so the session ends for both. Only where the broker delivers the same request again,
    whose first answer nobody got, it is exchanged once more.

    Raises:
        Unauthenticated: The refresh token is unknown, expired, spent, or of an ended session.
    """
    now = clock.now()
    digest = tokens.digest(call.body.refresh)
    holder = sessions.holder(db, digest, now)
    if holder is None:
        raise _dead()
    forgiven = now - REDELIVERY if request.current().redelivered else NEVER
    if holder.spent_at is not None and holder.spent_at <= forgiven:
        _end(db, holder, now)
        raise _dead()
    another = _rotate(db, holder, digest, now, forgiven) if call.body.rotate else None
    return methods.Refreshed(access=signer.access(holder.account, holder.sid, now), refresh=another)


def _rotate(
    db: Database, holder: sessions.Holder, digest: bytes, now: datetime, forgiven: datetime
) -> str:
    another = tokens.new_refresh()
    with db.transaction() as tx:
        spent = sessions.spend(tx, holder.sid, digest, now, forgiven)
        if spent:
            sessions.add_token(tx, holder.sid, tokens.digest(another), now + REFRESH)
    if not spent:
        _end(db, holder, now)
        raise _dead()
    return another


def _end(db: Database, holder: sessions.Holder, now: datetime) -> None:
    with db.transaction() as tx:
        gone = sessions.end(tx, holder.account.id, [holder.sid], now)
        outbox.announce(tx, *events.ended(holder.account.id, gone, now))


def _dead() -> Unauthenticated:
    return Unauthenticated("The refresh token is not valid any more. Log in again.")


def log_out(db: Database, call: Call[methods.LogOut]) -> Encoded:
    """End the asker's session, and that of a refresh token of theirs; twice is no error."""
    asker = call.asker
    now = clock.now()
    sids = {asker.session}
    if call.body.refresh:
        holder = sessions.holder(db, tokens.digest(call.body.refresh), now)
        if holder is not None:
            sids.add(holder.sid)

    def end(tx: Connection) -> Done:
        gone = sessions.end(tx, asker.id, sids, now)
        outbox.announce(tx, *events.ended(asker.id, gone, now))
        return Done(message="You are logged out.")

    return commands.once(db, methods.LOG_OUT, call, end)


def ended_since(db: Database, call: Call[methods.EndedSince]) -> methods.EndedSessions:
    """Return the sessions that ended at the named moment or later, and whose tokens may live."""
    now = clock.now().timestamp()
    oldest = now - KEPT_AFTER_END.total_seconds()
    since = call.body.since if math.isfinite(call.body.since) else oldest
    moment = datetime.fromtimestamp(min(max(since, oldest), now), UTC)
    return methods.EndedSessions(
        ended=[
            methods.Ended(user=row.user_id, sid=row.sid, before=row.ended_at.timestamp())
            for row in sessions.ended_since(db, moment)
        ]
    )
