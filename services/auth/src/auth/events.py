"""What auth announces. No e-mail and no phone leaves in an event."""

from collections.abc import Iterable
from datetime import datetime

from auth.domain.account import Account
from contracts.auth.events import (
    SESSION_ENDED,
    USER_DELETED,
    USER_REGISTERED,
    USER_UPDATED,
    SessionEndedData,
    UserData,
    UserDeletedData,
)
from contracts.events import Announcement

NAMING = (USER_REGISTERED.wire_name, USER_UPDATED.wire_name)
"""The events that carry a person's name."""


def registered(account: Account) -> Announcement:
    """Say that there is a new user."""
    return USER_REGISTERED.about(account.id, _seen(account), actor=account.id)


def updated(account: Account) -> Announcement:
    """Say how others see the user from now on."""
    return USER_UPDATED.about(account.id, _seen(account), actor=account.id)


def deleted(user: int) -> Announcement:
    """Say that the user left for good."""
    return USER_DELETED.about(user, UserDeletedData(), actor=user)


def ended(user: int, sids: Iterable[str], now: datetime) -> list[Announcement]:
    """Say that the sessions `sids` of the user ended."""
    return [_ended(user, sid, now) for sid in sids]


def all_ended(user: int, now: datetime) -> Announcement:
    """Say that every session of the user ended."""
    return _ended(user, None, now)


def subject(user: int) -> str:
    """Return what events about the user name as their subject."""
    return deleted(user).subject


def _ended(user: int, sid: str | None, now: datetime) -> Announcement:
    data = SessionEndedData(sid=sid, before=now.timestamp())
    return SESSION_ENDED.about(user, data, actor=user)


def _seen(account: Account) -> UserData:
    return UserData(
        username=account.username,
        fullname=account.fullname,
        timezone=account.timezone,
        day_starts_at=account.day_starts_at,
        version=account.version,
        visibility=account.visibility,  # type: ignore[arg-type]  # a constraint of the table
    )
