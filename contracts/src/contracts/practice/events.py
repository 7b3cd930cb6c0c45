"""What practice announces."""

from datetime import date
from typing import Any

from contracts.events import EventType
from contracts.fields import Id
from contracts.models import Answer


class SessionFacts(Answer):
    """What a session counts for."""

    meditation_type: str
    duration: int
    date: date


class SessionLoggedData(SessionFacts):
    """A session was logged."""

    session_id: Id


class SessionChangedData(Answer):
    """A session counts for something else than before."""

    session_id: Id
    before: SessionFacts
    after: SessionFacts


class SessionDeletedData(Answer):
    """A session no longer counts."""

    session_id: Id
    duration: int
    date: date


class SessionsClearedData(Answer):
    """All of a person's sessions went at once."""

    count: int
    minutes: int


class LeaderChangedData(Answer):
    """Another person leads the all-time board; null where nobody does."""

    leader: Id | None
    previous: Id | None
    total_minutes: int


class DataErasedData(Answer):
    """Everything held about the person is gone."""


_FACTS: dict[str, Any] = {
    "meditation_type": "gratitude",
    "duration": 25,
    "date": "2026-03-01",
}

SESSION_LOGGED = EventType(
    "practice",
    "session_logged",
    "person",
    "Somebody logged a meditation session.",
    SessionLoggedData,
    {"session_id": 41, **_FACTS},
)
SESSION_CHANGED = EventType(
    "practice",
    "session_changed",
    "person",
    "A meditation session counts for something else than before.",
    SessionChangedData,
    {"session_id": 41, "before": _FACTS, "after": {**_FACTS, "duration": 23}},
)
SESSION_DELETED = EventType(
    "practice",
    "session_deleted",
    "person",
    "A meditation session no longer counts.",
    SessionDeletedData,
    {"session_id": 41, "duration": 23, "date": "2026-03-01"},
)
SESSIONS_CLEARED = EventType(
    "practice",
    "sessions_cleared",
    "person",
    "All of a person's meditation sessions went at once.",
    SessionsClearedData,
    {"count": 12, "minutes": 240},
)
LEADER_CHANGED = EventType(
    "practice",
    "leader_changed",
    "leaderboard",
    "Another person leads the all-time leaderboard, or nobody does.",
    LeaderChangedData,
    {"leader": 7, "previous": 3, "total_minutes": 1250},
)
DATA_ERASED = EventType(
    "practice",
    "data_erased",
    "person",
    "practice holds nothing of this person any more.",
    DataErasedData,
    {},
)
