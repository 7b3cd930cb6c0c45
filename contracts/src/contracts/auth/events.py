"""What auth announces. No e-mail and no phone ever travels in an event."""

from typing import Any

from contracts.events import EventType
from contracts.models import Answer
from contracts.people import Visibility
from contracts.personal import PersonName


class UserData(Answer):
    """How others know a user, when their day begins, and who sees their figures."""

    username: PersonName
    fullname: PersonName
    timezone: str
    day_starts_at: int
    version: int
    visibility: Visibility = "companions"


class UserDeletedData(Answer):
    """Nothing is left to say of them."""


class SessionEndedData(Answer):
    """One session ended, or with `sid` null every one begun before `before` (Unix seconds)."""

    sid: str | None
    before: float


_USER: dict[str, Any] = {
    "username": "layla",
    "fullname": "ليلى حسن",
    "timezone": "Asia/Amman",
    "day_starts_at": 90,
    "version": 1,
    "visibility": "companions",
}

USER_REGISTERED = EventType(
    "auth", "user_registered", "user", "Somebody made an account.", UserData, _USER
)
USER_UPDATED = EventType(
    "auth",
    "user_updated",
    "user",
    "Somebody changed what others know of them, or who sees their figures.",
    UserData,
    {**_USER, "version": 2},
)
USER_DELETED = EventType(
    "auth",
    "user_deleted",
    "user",
    "Somebody deleted their account; every service erases what it holds of them.",
    UserDeletedData,
    {},
)
SESSION_ENDED = EventType(
    "auth",
    "session_ended",
    "user",
    "A session ended, or every one begun before a moment: its tokens are dead.",
    SessionEndedData,
    {"sid": "0198c5d2f3a17c51", "before": 1772355600.0},
)
