"""Accounts in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError

from auth.domain.account import Account, UsernameTaken
from auth.domain.identity import username_key
from chassis.data.database import Connection, Database
from chassis.data.retention import delete_in_batches
from contracts.emails import email_key

COLUMNS = (
    "account.id, email, username, fullname, gender, phone, bio, timezone, day_starts_at, version, "
    "joined_at, password_hash"
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
_BY_EMAIL = text(f"select {COLUMNS} from account where email_key = :email_key")  # noqa: S608
_BY_ID = text(f"select {COLUMNS} from account where id = :id")  # noqa: S608
_LOCKED = text(f"select {COLUMNS} from account where id = :id for update")  # noqa: S608
_EMAIL_TAKEN = text("select 1 from account where email_key = :email_key")
_USERNAME_TAKEN = text("select 1 from account where username_key = :username_key")
_SAVE = text(
    """
    update account
    set username = :username, username_key = :username_key, fullname = :fullname, gender = :gender,
        phone = :phone, bio = :bio, timezone = :timezone, day_starts_at = :day_starts_at,
        version = :version
    where id = :id
    """
)
_SET_PASSWORD = text(
    f"""
    update account set password_hash = :new where id = :id and password_hash = :old
    returning {COLUMNS}
    """  # noqa: S608
)
_ERASE = text("delete from account where id = :id")
_BURY = text("insert into tombstone (id, deleted_at) values (:id, :deleted_at)")
_FORGET_NAMES = text(
    """
    delete from published where id in (
        select published.id
        from tombstone join published on published.subject = 'user/' || tombstone.id
        where tombstone.deleted_at > :since and published.type = any(:types)
        limit :batch
    )
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


def from_row(row: Row[Any]) -> Account:
    """Return the account that a row with `COLUMNS` holds; other columns are passed over."""
    values = row._asdict()
    return Account(**{name: values[name] for name in Account.__dataclass_fields__})


def add(tx: Connection, new: NewAccount) -> Account | None:
    """Add an account, or return None where its e-mail or username is taken."""
    keys = {"email_key": email_key(new.email), "username_key": username_key(new.username)}
    row = tx.execute(_ADD, {**asdict(new), **keys}).first()
    return None if row is None else from_row(row)


def email_taken(tx: Connection, email: str) -> bool:
    """Tell whether an account has `email`."""
    return tx.execute(_EMAIL_TAKEN, {"email_key": email_key(email)}).first() is not None


def username_taken(tx: Connection, username: str) -> bool:
    """Tell whether an account has `username`."""
    found = tx.execute(_USERNAME_TAKEN, {"username_key": username_key(username)})
    return found.first() is not None


def by_email(db: Database, email: str) -> Account | None:
    """Return the account with `email`, whatever was typed as one."""
    rows = db.read(_BY_EMAIL, email_key=email_key(email))
    return from_row(rows[0]) if rows else None


def by_id(db: Database, user: int) -> Account | None:
    """Return the account of `user`, or None where it was deleted."""
    rows = db.read(_BY_ID, id=user)
    return from_row(rows[0]) if rows else None


def locked(tx: Connection, user: int) -> Account | None:
    """Return the account of `user`, which nobody else changes until the commit."""
    row = tx.execute(_LOCKED, {"id": user}).first()
    return None if row is None else from_row(row)


def save(tx: Connection, account: Account) -> None:
    """Write what may change of `account`, the password excepted.

    Raises:
        UsernameTaken: Another account has the name.
    """
    try:
        tx.execute(_SAVE, {**asdict(account), "username_key": username_key(account.username)})
    except IntegrityError as error:
        raise UsernameTaken from error


def set_password(tx: Connection, user: int, *, old: str, new: str) -> Account | None:
    """Replace the hash `old` by `new`; None, and no change, where it is another one by now."""
    row = tx.execute(_SET_PASSWORD, {"id": user, "old": old, "new": new}).first()
    return None if row is None else from_row(row)


def erase(tx: Connection, user: int, now: datetime) -> None:
    """Delete the account, its sessions and tokens with it, but for its id."""
    tx.execute(_ERASE, {"id": user})
    tx.execute(_BURY, {"id": user, "deleted_at": now})


def forget_names(db: Database, types: Sequence[str], since: datetime) -> int:
    """Delete published events of `types` about people who left; return how many rows went.

    Args:
        db: The service's database.
        types: The events that carry a name.
        since: Who left before has no event left that is kept.
    """
    return delete_in_batches(db, _FORGET_NAMES, types=list(types), since=since)
