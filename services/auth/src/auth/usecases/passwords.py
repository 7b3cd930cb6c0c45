"""Changing a password."""

from collections.abc import Collection

from auth import events
from auth.domain.account import Account, PasswordChanged
from auth.domain.password import Hasher
from auth.domain.rate import Rates
from auth.store import accounts, sessions
from auth.usecases.accounts import refuse_weak
from auth.usecases.throttling import Guard, count, guard_session
from chassis.data import commands, outbox
from chassis.data.database import Database, Reader, Transaction
from chassis.process import clock
from chassis.work import context as request
from chassis.work.encoding import Encoded, encode
from contracts.auth import methods
from contracts.models import Done
from contracts.refusals import Forbidden, Unauthenticated
from contracts.rpc import Call

_DONE = Done(message="Your password was changed. Every other session has ended.")


def change_password(
    db: Database,
    call: Call[methods.ChangePassword],
    *,
    hasher: Hasher,
    common: Collection[str],
    rates: Rates,
) -> Encoded:
    """Change the asker's password and end every other session of theirs.

    Args:
        db: The service's database; nothing is hashed inside a transaction.
        call: The request.
        hasher: Verifies the old password and hashes the new one.
        common: Passwords that nobody may choose, in lower case.
        rates: One person may ask for it as often as one origin may log in.

    Raises:
        Invalid: The new password may not be chosen.
        Forbidden: The old password is wrong.
        TooMany: It was wrong too often, or asked too often.
        Unauthenticated: The account was deleted.
        Unavailable: Too many passwords wait to be hashed.
        Late: The caller has stopped waiting; the password is the old one.
    """
    count(db.reader, "password", f"account {call.asker.id}", rates.login)
    while True:
        account = _asking(db.reader, call)
        if _was_changed_by_this(hasher, account, call):
            return encode(_DONE)
        new_hash = _chosen(db, hasher, common, account, call)
        guard = guard_session(account.email, call.asker.session)

        def change(
            tx: Transaction, account: Account = account, new: str = new_hash, guard: Guard = guard
        ) -> Done:
            guard.check(tx)
            return _change(tx, account, new, call.asker.session)

        try:
            return commands.once(db, methods.CHANGE_PASSWORD, call, change)
        except PasswordChanged:
            continue


def _asking(reader: Reader, call: Call[methods.ChangePassword]) -> Account:
    account = accounts.find(reader, call.asker.id)
    if account is None:
        raise Unauthenticated("This account was deleted.")
    return account


def _was_changed_by_this(
    hasher: Hasher, account: Account, call: Call[methods.ChangePassword]
) -> bool:
    """Whether the broker delivers again what was done, but whose answer nobody got."""
    return request.current().redelivered and hasher.verify(
        account.password_hash, call.body.new_password
    )


def _chosen(
    db: Database,
    hasher: Hasher,
    common: Collection[str],
    account: Account,
    call: Call[methods.ChangePassword],
) -> str:
    """Return the hash of the new password, where the old one is that of the account."""
    body = call.body
    names = [account.username, account.fullname]
    refuse_weak("new_password", body.new_password, account.email, names, common)
    guard = guard_session(account.email, call.asker.session)
    guard.check(db.reader)
    if not hasher.verify(account.password_hash, body.old_password):
        raise guard.failed(db, Forbidden("The old password is wrong."))
    return hasher.hash(body.new_password)


def _change(tx: Transaction, account: Account, new_hash: str, kept: str) -> Done:
    now = clock.now()
    if accounts.change_password(tx, account.id, old=account.password_hash, new=new_hash) is None:
        raise PasswordChanged
    gone = sessions.end_others(tx, account.id, kept, now)
    outbox.announce(tx, *events.ended(account.id, gone, now))
    return _DONE
