"""Making, showing, changing and deleting an account."""

import secrets
from collections.abc import Collection

from auth import events
from auth.credentials.opaque import is_opaque
from auth.domain import identity, password, throttle
from auth.domain.account import Account, UsernameTaken, is_timezone
from auth.domain.password import Hasher
from auth.domain.rate import Rates
from auth.domain.session import LATE_TOKENS
from auth.store import accounts, sessions
from auth.usecases.throttling import count
from chassis.data import commands, outbox
from chassis.data.database import Database, Reader, Transaction
from chassis.process import clock
from chassis.rpc import preconditions
from chassis.work.encoding import Encoded
from contracts.auth import methods
from contracts.emails import email_key
from contracts.models import Done, Nothing
from contracts.preconditions import Precondition
from contracts.refusals import Conflict, NotFound
from contracts.rpc import Call
from contracts.validation_messages import wrong_fields

_EMAIL_TAKEN = "An account with this e-mail exists already. Log in, or use another e-mail."
_USERNAME_TAKEN = "This username is taken. Choose another one."
_GONE = "This account was deleted."


def register(
    db: Database,
    call: Call[methods.Register],
    *,
    hasher: Hasher,
    common: Collection[str],
    rates: Rates,
) -> Encoded:
    """Make an account. The password is hashed last, when nothing else speaks against it.

    Args:
        db: The service's database; nothing is hashed inside a transaction.
        call: The request.
        hasher: Hashes the password.
        common: Passwords that nobody may choose, in lower case.
        rates: How often an origin may register.

    Raises:
        Invalid: The password may not be chosen.
        Conflict: The e-mail or the username is taken.
        KeyReused: The command came before with another body.
        TooMany: There were too many registrations.
        Unavailable: Too many passwords wait to be hashed.
        Late: The caller has stopped waiting; no account was made.
    """
    body = call.body
    names = [body.username or "", body.fullname or ""]
    refuse_weak("password", body.password, body.email, names, common)
    known = commands.answered(db.reader, methods.REGISTER, call)
    if known is not None:
        return known
    count(db.reader, "register", throttle.origin(body.address), rates.signup)
    _refuse_taken(db.reader, body.email, body.username)
    password_hash = hasher.hash(body.password)
    return commands.once(
        db,
        methods.REGISTER,
        call,
        lambda tx: _register(tx, body, password_hash),
        whose=lambda registered: registered.id,
    )


def _register(tx: Transaction, body: methods.Register, password_hash: str) -> methods.Registered:
    account = _added(tx, body, password_hash)
    outbox.announce(tx, events.registered(account))
    return methods.Registered(
        id=account.id,
        username=account.username,
        fullname=account.fullname,
        email=account.email,
        gender=body.gender or None,
        phone=account.phone,
    )


def _added(tx: Transaction, body: methods.Register, password_hash: str) -> Account:
    while True:
        new = accounts.NewAccount(
            email=body.email,
            username=body.username or identity.reader_name(secrets.choice),
            fullname=body.fullname or "",
            gender=body.gender or None,
            phone=body.phone or None,
            password_hash=password_hash,
            joined_at=clock.now(),
        )
        account = accounts.add(tx, new)
        if account is not None:
            return account
        _refuse_taken(tx, body.email, body.username)
        # Whoever had it was deleted meanwhile, or the random username was not unique.


def _refuse_taken(reader: Reader, email: str, username: str | None) -> None:
    taken = accounts.taken(reader, email, username)
    if taken.email:
        raise Conflict(_EMAIL_TAKEN)
    if taken.username:
        raise Conflict(_USERNAME_TAKEN)


def refuse_weak(
    field: str, chosen: str, email: str, names: list[str], common: Collection[str]
) -> None:
    """Refuse a password that its owner may not choose.

    Raises:
        Invalid: Naming `field`.
    """
    emails = [email, email_key(email)]
    found = password.faults(chosen, emails=emails, names=names, common=common)
    if not is_opaque(chosen):
        found.append("must not hold characters that nobody sees or can type again")
    if found:
        sentences = [f"The password {fault}. Choose another one." for fault in found]
        raise wrong_fields({field: sentences})


def me(reader: Reader, call: Call[Nothing]) -> methods.Account:
    """Return the asker's account.

    Raises:
        NotFound: It was deleted.
    """
    account = accounts.find(reader, call.asker.id)
    if account is None:
        raise NotFound(_GONE)
    return _shown(account)


def update_me(tx: Transaction, call: Call[methods.ChangeMe]) -> methods.Account:
    """Change what the asker names of their account.

    Raises:
        Invalid: There is no such time zone.
        Conflict: The username is taken.
        NotFound: The account was deleted.
        PreconditionFailed: It is not what the asker saw.
    """
    named = call.body.named()
    if "timezone" in named and not is_timezone(named["timezone"]):
        message = "This is not an IANA time zone, such as Asia/Riyadh."
        raise wrong_fields({"timezone": [message]})
    before = _unchanged(tx, call.asker.id, call.body.precondition)
    after = before.changed(named)
    if after != before:
        _change(tx, after)
    if after.looks_unlike(before):
        outbox.announce(tx, events.updated(after))
    return _shown(after)


def _change(tx: Transaction, account: Account) -> None:
    try:
        accounts.change(tx, account)
    except UsernameTaken as error:
        raise Conflict(_USERNAME_TAKEN) from error


def delete_me(tx: Transaction, call: Call[methods.DeleteMe]) -> Done:
    """Erase the asker's account and end all of its sessions.

    Raises:
        NotFound: It was deleted before.
        PreconditionFailed: It is not what the asker saw.
    """
    user = call.asker.id
    # A login that is about to commit is waited for: its token is older than what comes next.
    _unchanged(tx, user, call.body.precondition)
    now = clock.now()
    accounts.erase(tx, user)
    accounts.bury(tx, user, now)
    commands.forget(tx, user)
    outbox.forget(tx, events.subject(user))
    before = now + LATE_TOKENS
    sessions.note_all_ended(tx, user, before)
    outbox.announce(tx, events.deleted(user), events.all_ended(user, before))
    return Done(message="Your account was deleted.")


def _unchanged(tx: Transaction, user: int, precondition: Precondition | None) -> Account:
    """Return the account of `user`, locked, where it is there and what its owner saw."""
    account = accounts.lock(tx, user)
    if account is None:
        raise NotFound(_GONE)
    # When it was last changed nobody keeps, so no date holds it.
    preconditions.check(precondition, lambda: _shown(account))
    return account


def find_by_email(reader: Reader, call: Call[methods.FindByEmail]) -> methods.Found:
    """Return whose e-mail it is, for the gateway alone: an invitation must not tell."""
    account = accounts.find_by_email(reader, call.body.email)
    return methods.Found(id=None if account is None else account.id)


def _shown(account: Account) -> methods.Account:
    return methods.Account(
        id=account.id,
        username=account.username,
        fullname=account.fullname,
        email=account.email,
        gender=account.gender,  # type: ignore[arg-type]  # a check constraint of the table
        phone=account.phone,
        bio=account.bio,
        timezone=account.timezone,
        day_starts_at=account.day_starts_at,
        date_joined=account.joined_at,
        visibility=account.visibility,  # type: ignore[arg-type]  # another one
    )
