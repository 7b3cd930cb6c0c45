"""Changing a password."""

from collections.abc import Collection

from auth import events
from auth.domain.account import Account, PasswordChanged
from auth.domain.password import Hasher
from auth.store import accounts, sessions
from auth.usecases.accounts import refuse_weak
from auth.usecases.throttling import Guard, guard_session
from chassis import clock, commands, outbox
from chassis.database import Connection, Database
from chassis.encoding import Encoded
from contracts.auth import methods
from contracts.models import Done
from contracts.refusals import Forbidden, Unauthenticated
from contracts.rpc import Call


def change_password(
    db: Database, hasher: Hasher, common: Collection[str], call: Call[methods.ChangePassword]
) -> Encoded:
    """Change the asker's password and end every other session of theirs.

    Raises:
        Invalid: The new password may not be chosen.
        Forbidden: The old password is wrong.
        TooMany: It was wrong too often.
        Unauthenticated: The account was deleted.
    """
    while True:
        account, new_hash = _chosen(db, hasher, common, call)
        guard = guard_session(account.email, call.asker.session)

        def change(
            tx: Connection, account: Account = account, new: str = new_hash, guard: Guard = guard
        ) -> Done:
            guard.check(tx)
            return _change(tx, account, new, call.asker.session)

        try:
            return commands.once(db, methods.CHANGE_PASSWORD, call, change)
        except PasswordChanged:
            continue


def _chosen(
    db: Database, hasher: Hasher, common: Collection[str], call: Call[methods.ChangePassword]
) -> tuple[Account, str]:
    """Return the account whose old password was given, and the hash of the new one."""
    asker, body = call.asker, call.body
    account = accounts.by_id(db, asker.id)
    if account is None:
        raise Unauthenticated("This account was deleted.")
    names = [account.username, account.fullname]
    refuse_weak("new_password", body.new_password, account.email, names, common)
    guard = guard_session(account.email, asker.session)
    with db.reading() as connection:
        guard.check(connection)
    if not hasher.verify(account.password_hash, body.old_password):
        raise guard.failed(db, Forbidden("The old password is wrong."))
    return account, hasher.hash(body.new_password)


def _change(tx: Connection, account: Account, new_hash: str, kept: str) -> Done:
    now = clock.now()
    if accounts.set_password(tx, account.id, old=account.password_hash, new=new_hash) is None:
        raise PasswordChanged
    gone = sessions.end_others(tx, account.id, kept, now)
    outbox.announce(tx, *events.ended(account.id, gone, now))
    return Done(message="Your password was changed. Every other session has ended.")
