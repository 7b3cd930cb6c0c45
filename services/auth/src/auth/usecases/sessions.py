"""Logging in, staying in, logging out."""

import math
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from auth import events
from auth.credentials import tokens
from auth.credentials.tokens import Signer
from auth.domain.account import Account, PasswordChanged
from auth.domain.password import Hasher, forms
from auth.domain.rate import Rate, Rates
from auth.domain.session import KEPT_PAST_TOKENS, MOST_FOR_ONE, NEVER, REDELIVERY, REFRESH
from auth.store import accounts, sessions
from auth.store.admission import admission
from auth.usecases.throttling import Guard, guard_address, too_many_failures, too_often
from chassis.data import commands, outbox
from chassis.data.database import Database, Reader, Transaction
from chassis.process import clock
from chassis.work import context as request
from chassis.work.encoding import Encoded
from contracts.auth import methods
from contracts.models import Done
from contracts.refusals import Unauthenticated
from contracts.rpc import Call


def log_in(
    db: Database, call: Call[methods.LogIn], *, hasher: Hasher, signer: Signer, rates: Rates
) -> Encoded:
    """Begin a session for whoever knows the password; beyond the most of one, the oldest ends.

    Args:
        db: The service's database; nothing is hashed inside a transaction.
        call: The request.
        hasher: Verifies the password.
        signer: Makes the access token.
        rates: How often an origin may log in.

    Raises:
        Unauthenticated: The e-mail or the password is wrong; which, it does not say.
        TooMany: There were too many failures, or too many logins.
        Unavailable: Too many passwords wait to be hashed.
        Late: The caller has stopped waiting; no session was begun.
    """
    body = call.body
    guard = guard_address(body.email, body.address)
    account = _admitted(db.reader, guard, body, rates.login)
    while True:
        stronger = _verified(db, hasher, guard, account, body)

        def begin(tx: Transaction, account: Any = account, new: str = stronger) -> Any:
            return _begin(tx, signer, guard, _held(tx, account, new))

        try:
            return commands.once(db, methods.LOG_IN, call, begin)
        except PasswordChanged:
            account = accounts.find_by_email(db.reader, body.email)


def _admitted(reader: Reader, guard: Guard, body: methods.LogIn, rate: Rate) -> Account | None:
    """Return the account with the e-mail, if any, where a try may be made, and count the try."""
    found = admission(reader, body.email, guard.failing, rate, clock.now())
    if not found.has_room:
        raise too_often(rate)
    if found.seconds_left:
        raise too_many_failures(found.seconds_left)
    return found.account


def _verified(
    db: Database, hasher: Hasher, guard: Guard, account: Account | None, body: methods.LogIn
) -> str:
    """Return the hash that the account shall have from now on, where its password was given."""
    matches = hasher.verify(account.password_hash if account else None, body.password)
    if account is None or not matches:
        raise guard.failed(db, Unauthenticated("The e-mail or the password is wrong."))
    if _is_outgrown(hasher, account.password_hash, body.password):
        return hasher.hash(body.password)
    return account.password_hash


def _is_outgrown(hasher: Hasher, encoded: str, password: str) -> bool:
    """Whether the hash of `password` has old figures, or was made of a form of before."""
    if hasher.is_outgrown(encoded):
        return True
    today, *before = forms(password)
    return bool(before) and not hasher.verify(encoded, today)


def _held(tx: Transaction, account: Account, new_hash: str) -> Account:
    """Return the account with `new_hash` in the place of the one that was verified.

    Raises:
        PasswordChanged: It has another one by now, or was deleted.
    """
    if new_hash == account.password_hash:
        return account
    changed = accounts.change_password(tx, account.id, old=account.password_hash, new=new_hash)
    if changed is None:
        raise PasswordChanged
    return changed


def _begin(tx: Transaction, signer: Signer, guard: Guard, account: Account) -> methods.LoggedIn:
    now = clock.now()
    sid, refresh = tokens.new_sid(), tokens.new_refresh()
    begun = sessions.begin(
        tx, account, sid, token=_stored(refresh, now), failing=guard.failing, now=now
    )
    if begun.account is None:
        raise PasswordChanged
    if begun.seconds_left:
        raise too_many_failures(begun.seconds_left)
    if begun.earlier >= MOST_FOR_ONE:
        gone = sessions.end_oldest(tx, account.id, now)
        outbox.announce(tx, *events.ended(account.id, gone, now))
    held = begun.account
    return methods.LoggedIn(
        access=signer.access(held, sid, now),
        refresh=refresh,
        user=methods.AccountBrief(id=held.id, username=held.username, email=held.email),
    )


def _stored(refresh: str, now: datetime) -> sessions.Token:
    family = tokens.family(refresh)
    return sessions.Token(
        tokens.digest(refresh), None if family is None else tokens.digest(family), now + REFRESH
    )


def refresh(db: Database, call: Call[methods.Refresh], *, signer: Signer) -> methods.Refreshed:
    """Answer a new access token of the same session, and where asked, another refresh token.

    A spent refresh token that comes again was stolen, or its thief was faster: nobody can tell
    which, so the session ends for both. Only where the broker delivers the same request again,
    whose first answer nobody got, it is exchanged once more.

    Raises:
        Unauthenticated: The refresh token is unknown, expired, spent, or of an ended session.
    """
    now = clock.now()
    given = _stored(call.body.refresh, now)
    holder = sessions.find_holder(db.reader, given.digest, given.family, now)
    if holder is None:
        raise _dead()
    forgiven = now - REDELIVERY if request.current().redelivered else NEVER
    if holder.spent_at is not None and holder.spent_at <= forgiven:
        _end(db, holder, now)
        raise _dead()
    another = _rotate(db, holder, call.body.refresh, now, forgiven) if call.body.rotate else None
    return methods.Refreshed(access=signer.access(holder.account, holder.sid, now), refresh=another)


def _rotate(
    db: Database, holder: sessions.Holder, spent: str, now: datetime, forgiven: datetime
) -> str:
    another = tokens.new_refresh(tokens.family(spent))
    given, stored = tokens.digest(spent), _stored(another, now)
    if not db.transact(
        lambda tx: sessions.rotate(tx, holder, given, stored, now=now, since=forgiven)
    ):
        _end(db, holder, now)
        raise _dead()
    return another


def _end(db: Database, holder: sessions.Holder, now: datetime) -> None:
    db.transact(lambda tx: _end_named(tx, holder.account.id, [holder.sid], now))


def _end_named(tx: Transaction, user: int, sids: Collection[str], now: datetime) -> None:
    gone = sessions.end(tx, user, sids, now)
    outbox.announce(tx, *events.ended(user, gone, now))


def _dead() -> Unauthenticated:
    return Unauthenticated("The refresh token is not valid any more. Log in again.")


def log_out(tx: Transaction, call: Call[methods.LogOut]) -> Done:
    """End the asker's session, and that of a refresh token of theirs; twice is no error."""
    now = clock.now()
    sids = {call.asker.session}
    if call.body.refresh:
        given = _stored(call.body.refresh, now)
        holder = sessions.find_holder(tx, given.digest, given.family, now)
        if holder is not None:
            sids.add(holder.sid)
    _end_named(tx, call.asker.id, sids, now)
    return Done(message="You are logged out.")


def ended_since(
    reader: Reader, call: Call[methods.EndedSince], *, access: timedelta
) -> methods.EndedSessions:
    """Return the sessions that ended at the named moment or later, and whose tokens may live.

    Args:
        reader: Asks.
        call: The request.
        access: How long access tokens are good.
    """
    now = clock.now().timestamp()
    oldest = now - (access + KEPT_PAST_TOKENS).total_seconds()
    since = call.body.since if math.isfinite(call.body.since) else oldest
    moment = datetime.fromtimestamp(min(max(since, oldest), now), UTC)
    return methods.EndedSessions(
        ended=[
            methods.Ended(user=row.user_id, sid=row.sid, before=row.ended_at.timestamp())
            for row in sessions.ended_since(reader, moment)
        ]
    )
