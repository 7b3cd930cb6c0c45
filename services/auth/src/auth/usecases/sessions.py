"""Logging in, staying in, logging out."""

import math
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from functools import partial

from auth import events
from auth.credentials import tokens
from auth.credentials.tokens import Signer
from auth.domain.account import Account, PasswordChanged
from auth.domain.password import Hasher, forms
from auth.domain.rate import Rate, Rates
from auth.domain.session import KEPT_PAST_TOKENS, MOST_FOR_ONE, NEVER, REDELIVERY, REFRESH
from auth.store import accounts, refresh_tokens, sessions
from auth.store.admission import Admission, admission
from auth.usecases.throttling import Guard, guard_address, too_many_failures, too_often
from chassis.data import outbox
from chassis.data.database import Database, Reader, Transaction
from chassis.process import clock
from chassis.work import context as request
from contracts.auth import methods
from contracts.models import Done
from contracts.refusals import Unauthenticated
from contracts.rpc import Call

Begin = Callable[[Reader, Account], methods.LoggedIn]


def log_in(
    db: Database, call: Call[methods.LogIn], *, hasher: Hasher, signer: Signer, rates: Rates
) -> methods.LoggedIn:
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
    admitted = _admitted(db.reader, guard, body, rates.login)
    account = admitted.account
    while True:
        account, new_hash = _verified(db, hasher, guard, account, body)
        request.refuse_if_late()
        begin = partial(_begin, signer=signer, guard=guard)
        try:
            if new_hash == account.password_hash and admitted.sessions < MOST_FOR_ONE:
                # One statement needs no transaction around it: two messages less.
                return begin(db.reader, account)
            return db.transact(partial(_begin_with_more, begin, account, new_hash))
        except PasswordChanged:
            account = accounts.find_by_email(db.reader, body.email)


def _admitted(reader: Reader, guard: Guard, body: methods.LogIn, rate: Rate) -> Admission:
    """Return what is known of the e-mail, where a try may be made, and count the try."""
    found = admission(reader, body.email, guard.failing, rate, clock.now())
    if not found.has_room:
        raise too_often(rate)
    if found.seconds_left:
        raise too_many_failures(found.seconds_left)
    return found


def _verified(
    db: Database, hasher: Hasher, guard: Guard, account: Account | None, body: methods.LogIn
) -> tuple[Account, str]:
    """Return the account whose password was given, and the hash that it shall have from now on."""
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


def _begin(reader: Reader, account: Account, *, signer: Signer, guard: Guard) -> methods.LoggedIn:
    """Begin a session, by one statement, of the account as its password was verified.

    Raises:
        PasswordChanged: It has another one by now, or was deleted.
        TooMany: Failures overtook it.
    """
    now = clock.now()
    sid, refresh = tokens.new_sid(), tokens.new_refresh()
    begun = sessions.begin(
        reader, account, sid, token=_stored(refresh, now), failing=guard.failing, now=now
    )
    held = begun.account
    if held is None:
        raise PasswordChanged
    if begun.seconds_left:
        raise too_many_failures(begun.seconds_left)
    return methods.LoggedIn(
        access=signer.access(held, sid, now),
        refresh=refresh,
        user=methods.AccountBrief(id=held.id, username=held.username, email=held.email),
    )


def _begin_with_more(
    begin: Begin, account: Account, new_hash: str, tx: Transaction
) -> methods.LoggedIn:
    """Begin a session, and change in the same transaction what else is to be changed."""
    answer = begin(tx, _held(tx, account, new_hash))
    now = clock.now()
    gone = sessions.end_oldest(tx, account.id, now)
    outbox.announce(tx, *events.ended(account.id, gone, now))
    return answer


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


def _stored(refresh: str, now: datetime) -> refresh_tokens.Token:
    family = tokens.family(refresh)
    return refresh_tokens.Token(
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
    holder = refresh_tokens.find_holder(db.reader, given.digest, given.family, now)
    if holder is None:
        raise _dead()
    forgiven = now - REDELIVERY if request.current().redelivered else NEVER
    if holder.spent_at is not None and holder.spent_at <= forgiven:
        _end(db, holder, now)
        raise _dead()
    another = _rotate(db, holder, call.body.refresh, now, forgiven) if call.body.rotate else None
    return methods.Refreshed(access=signer.access(holder.account, holder.sid, now), refresh=another)


def _rotate(
    db: Database, holder: refresh_tokens.Holder, spent: str, now: datetime, forgiven: datetime
) -> str:
    another = tokens.new_refresh(tokens.family(spent))
    given, stored = tokens.digest(spent), _stored(another, now)
    if not db.transact(
        lambda tx: refresh_tokens.rotate(tx, holder, given, stored, now=now, since=forgiven)
    ):
        _end(db, holder, now)
        raise _dead()
    return another


def _end(db: Database, holder: refresh_tokens.Holder, now: datetime) -> None:
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
        holder = refresh_tokens.find_holder(tx, given.digest, given.family, now)
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
