"""Accounts in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg2.errors import UniqueViolation
from sqlalchemy import text

from auth.domain.account import Account, UsernameTaken
from auth.domain.identity import username_key
from chassis.data.database import Database, Reader, Transaction
from chassis.data.retention import delete_in_batches
from chassis.data.statements import by_value
from contracts.emails import email_key

COLUMNS = (
    "account.id, email, username, fullname, gender, phone, bio, timezone, day_starts_at, "
    "visibility, version, joined_at, password_hash"
)

_ADD = text(
    f"""
    insert into account (
        email, email_key, username, username_key, fullname, gender, phone, password_hash, joined_at
    )
    values (
        :email, :email_key, :username, :username_key, :fullname, :gender, :phone, :password_hash,
        :joined_at
    )
    on conflict do nothing
    returning {COLUMNS}
    """  # noqa: S608
)
_FIND_BY_EMAIL = text(f"select {COLUMNS} from account where email_key = :email_key")  # noqa: S608
_FIND = text(f"select {COLUMNS} from account where id = :id")  # noqa: S608
_LOCK = text(f"select {COLUMNS} from account where id = :id for update")  # noqa: S608
_TAKEN = text(
    """
    select exists (select from account where email_key = :email_key) as email,
           exists (select from account where username_key = :username_key) as username
    """
)
_CHANGE = text(
    """
    update account
    set username = :username, username_key = :username_key, fullname = :fullname, gender = :gender,
        phone = :phone, bio = :bio, timezone = :timezone, day_starts_at = :day_starts_at,
        visibility = :visibility, version = :version
    where id = :id
    returning 1
    """
)
_CHANGE_PASSWORD = text(
    f"""
    update account set password_hash = :new where id = :id and password_hash = :old
    returning {COLUMNS}
    """  # noqa: S608
)
_ERASE = text("delete from account where id = :id")
_BURY = text("insert into tombstone (id, deleted_at) values (:id, :deleted_at)")
_FORGET_NAMES = by_value(
    """
    delete from published where id in (
        select published.id
        from tombstone join published on published.subject = 'user/' || tombstone.id
        where tombstone.deleted_at > :since and published.type = any(cast(:types as text[]))
        limit :batch
    )
    returning 1
    """
)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account before it has an id."""

    email: str
    username: str
    fullname: str
    gender: str | None
    phone: str | None
    password_hash: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What another account has already."""

    email: bool
    username: bool


def from_row(row: Any) -> Account:
    """Return the account that a row with `COLUMNS` holds; other columns are passed over."""
    return Account(**{name: getattr(row, name) for name in Account.__dataclass_fields__})


def add(tx: Transaction, new: NewAccount) -> Account | None:
    """Add an account, or return None where its e-mail or username is taken."""
    keys = {"email_key": email_key(new.email), "username_key": username_key(new.username)}
    return _account(tx.ask(_ADD, **asdict(new), **keys))


def taken(reader: Reader, email: str, username: str | None) -> Taken:
    """Return which of `email` and `username` an account has; nobody has no username."""
    keys = {"email_key": email_key(email), "username_key": username_key(username or "")}
    return Taken(*reader.ask(_TAKEN, **keys)[0])


def find_by_email(reader: Reader, email: str) -> Account | None:
    """Return the account with `email`, whatever was typed as one."""
    return _account(reader.ask(_FIND_BY_EMAIL, email_key=email_key(email)))


def find(reader: Reader, user: int) -> Account | None:
    """Return the account of `user`, or None where it was deleted."""
    return _account(reader.ask(_FIND, id=user))


def lock(tx: Transaction, user: int) -> Account | None:
    """Return the account of `user`, which nobody else changes until the commit."""
    return _account(tx.ask(_LOCK, id=user))


def change(tx: Transaction, account: Account) -> None:
    """Keep what may change of `account`, the password excepted.

    Raises:
        UsernameTaken: Another account has the name; the transaction can only be undone.
    """
    try:
        tx.ask(_CHANGE, **asdict(account), username_key=username_key(account.username))
    except UniqueViolation as error:
        raise UsernameTaken from error


def change_password(tx: Transaction, user: int, *, old: str, new: str) -> Account | None:
    """Replace the hash `old` by `new`; None, and no change, where it is another one by now."""
    return _account(tx.ask(_CHANGE_PASSWORD, id=user, old=old, new=new))


def erase(tx: Transaction, user: int) -> None:
    """Delete the account, its sessions and tokens with it."""
    tx.tell(_ERASE, id=user)


def bury(tx: Transaction, user: int, now: datetime) -> None:
    """Remember the id of whom nothing else is left."""
    tx.tell(_BURY, id=user, deleted_at=now)


def forget_names(db: Database, types: Sequence[str], since: datetime) -> int:
    """Delete published events of `types` about people who left; return how many rows went.

    Args:
        db: The service's database.
        types: The events that carry a name.
        since: Who left before has no event left that is kept.
    """
    return delete_in_batches(db, _FORGET_NAMES, types=list(types), since=since)


def _account(rows: Sequence[Any]) -> Account | None:
    return from_row(rows[0]) if rows else None
