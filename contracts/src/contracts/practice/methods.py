"""The RPC methods of practice: meditation sessions, totals, the leaderboard."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from contracts.fields import Day, Duration, Id, Minutes, Moment, Page, PageSize, Prose
from contracts.health import health_of
from contracts.models import Answer, Change, Nothing, Request, absent
from contracts.personal import Personal, PersonName, PrivateText
from contracts.preconditions import Conditional
from contracts.refusals import Invalid, NotFound, PreconditionFailed
from contracts.rpc import RpcMethod

MeditationType = Literal[
    "mindfulness",
    "breathing",
    "body_scan",
    "mantra",
    "gratitude",
    "loving_kindness",
    "visualization",
    "movement",
    "other",
]
Window = Literal["all", "month", "week", "day"]
Ordering = Literal["date", "-date", "duration", "-duration"]
Notes = Annotated[Prose, Personal.PRIVATE, StringConstraints(max_length=2000)]


class ListSessions(Request):
    """A page of the asker's own sessions; without an ordering, newest first."""

    page: Page = 1
    page_size: PageSize = 10
    ordering: Ordering | None = None
    meditation_type: MeditationType | None = None
    first_day: Day | None = None
    last_day: Day | None = None


class Session(Answer):
    """A meditation session. `date` is the practice day that it counts for."""

    id: Id
    user: Id
    meditation_type: MeditationType
    duration: Duration
    notes: PrivateText
    date: date
    created_at: Moment
    updated_at: Moment


class Sessions(Answer):
    """One page, and how many sessions there are in all."""

    count: int
    results: list[Session]


class LogSession(Request):
    """A session to log. Without a `date`, the person's own today."""

    meditation_type: MeditationType
    duration: Duration
    notes: Notes = ""
    date: Day = Field(default_factory=absent)


class OneSession(Request):
    """One of the asker's own sessions."""

    id: Id


class SessionChange(Change):
    """What an owner may change of a session."""

    read_only: ClassVar[frozenset[str]] = frozenset({"id", "user", "created_at", "updated_at"})

    meditation_type: MeditationType = Field(default_factory=absent)
    duration: Duration = Field(default_factory=absent)
    notes: Notes = Field(default_factory=absent)
    date: Day = Field(default_factory=absent)


class ChangeSession(Conditional):
    """One of the asker's own sessions, and what to change of it."""

    id: Id
    change: SessionChange


class DeleteSession(OneSession, Conditional):
    """One of the asker's own sessions, to be deleted."""


class Cleared(Answer):
    """How many sessions went."""

    deleted: int


class AskLeaderboard(Request):
    """A window of the leaderboard."""

    window: Window = "all"
    limit: Annotated[int, Field(ge=1, le=100)] = 10


class Meditator(Answer):
    """A person on the leaderboard, by username; one who shows no name is someone without an id."""

    id: Id | None
    username: PersonName


class Rank(Answer):
    """A place on the leaderboard."""

    rank: int
    total_minutes: Minutes
    sessions: int


class LeaderboardRow(Rank):
    """A place on the leaderboard, and who holds it."""

    user: Meditator


class Leaderboard(Answer):
    """The first places of a window, and the asker's own. Days are inclusive, null for all time."""

    window: Window
    starts: date | None
    ends: date | None
    results: list[LeaderboardRow]
    me: Rank | None


class TypeTotal(Answer):
    """Totals of one type of meditation."""

    meditation_type: MeditationType
    minutes: Minutes
    sessions: int


class DayTotal(Answer):
    """Totals of one practice day."""

    date: date
    minutes: Minutes
    sessions: int


class Stats(Answer):
    """A person's own figures. `daily` holds the 30 days that end today."""

    total_minutes: Minutes
    total_sessions: int
    average_duration: float
    current_streak: int
    longest_streak: int
    by_type: list[TypeTotal]
    daily: list[DayTotal]


class Week(Answer):
    """Minutes today and in the ISO week of one's own today."""

    today_minutes: Minutes
    weekly_minutes: Minutes


LIST_SESSIONS = RpcMethod("practice", "list_sessions", ListSessions, Sessions, (Invalid, NotFound))
LOG_SESSION = RpcMethod("practice", "log_session", LogSession, Session, (Invalid,), writes=True)
GET_SESSION = RpcMethod("practice", "get_session", OneSession, Session, (NotFound,))
CHANGE_SESSION = RpcMethod(
    "practice",
    "change_session",
    ChangeSession,
    Session,
    (Invalid, NotFound, PreconditionFailed),
    writes=True,
)
DELETE_SESSION = RpcMethod(
    "practice",
    "delete_session",
    DeleteSession,
    Cleared,
    (NotFound, PreconditionFailed),
    writes=True,
)
CLEAR_SESSIONS = RpcMethod("practice", "clear_sessions", Nothing, Cleared, writes=True)
LEADERBOARD = RpcMethod("practice", "leaderboard", AskLeaderboard, Leaderboard)
STATS = RpcMethod("practice", "stats", Nothing, Stats)
WEEK = RpcMethod("practice", "week", Nothing, Week)
HEALTH = health_of("practice")
