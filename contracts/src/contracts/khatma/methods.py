"""The RPC methods of khatma. A chapter is a juz, 1 to 30."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, StrictInt, StringConstraints

from contracts.fields import NAME_SCHEMA, Day, Flag, Id, IsName, Juz, Line, Moment, Prose, Whole
from contracts.health import health_of
from contracts.models import Answer, Change, Done, Nothing, Request, absent
from contracts.people import Person
from contracts.personal import Personal, PersonName, PrivateText
from contracts.preconditions import Conditional
from contracts.refusals import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from contracts.rpc import RpcMethod

KhatmaType = Literal["group", "private"]
Filter = Literal["my_khatmas", "public", "joinable", "completed"]
Name = Annotated[
    Line,
    StringConstraints(min_length=1, max_length=200),
    IsName,
    Field(json_schema_extra=NAME_SCHEMA),
]
Description = Annotated[Prose, StringConstraints(max_length=2000)]
Notes = Annotated[Prose, Personal.PRIVATE, StringConstraints(max_length=2000)]
TargetDays = Annotated[StrictInt, Field(ge=1, le=3650), Whole]


_NOT_PRIVATE_AND_PUBLIC: dict[str, Any] = {
    "not": {
        "required": ["khatma_type", "is_public"],
        "properties": {"khatma_type": {"const": "private"}, "is_public": {"const": True}},
    }
}


class ListKhatmas(Request):
    """Which khatmas: newest first, at most 200; `after` (an id) goes on."""

    filter: Filter = "my_khatmas"
    after: Id | None = None


class CreateKhatma(Request):
    """A new khatma. A private one cannot be public."""

    model_config = ConfigDict(json_schema_extra=_NOT_PRIVATE_AND_PUBLIC)

    name: Name
    khatma_type: KhatmaType
    target_days: TargetDays
    description: Description = ""
    is_public: Flag = False


class KhatmaChange(Change):
    """What the creator may change; the type is fixed at creation."""

    read_only: ClassVar[frozenset[str]] = frozenset(
        {
            "id",
            "khatma_type",
            "status",
            "creator",
            "created_at",
            "starts_on",
            "due_on",
            "completed_at",
            "completion_percentage",
            "participants_count",
            "my_chapters",
        }
    )

    name: Name = Field(default_factory=absent)
    description: Description = Field(default_factory=absent)
    target_days: TargetDays = Field(default_factory=absent)
    is_public: Flag = Field(default_factory=absent)


class OneKhatma(Request):
    """A khatma."""

    id: Id


class ChangeKhatma(Conditional):
    """A khatma, and what to change of it."""

    id: Id
    change: KhatmaChange


class DeleteKhatma(OneKhatma, Conditional):
    """A khatma, to be deleted."""


class Khatma(Answer):
    """A khatma as the asker sees it. `my_chapters`: what the asker holds or has done."""

    id: Id
    name: str
    description: str
    khatma_type: KhatmaType
    target_days: int
    is_public: bool
    status: Literal["active", "completed"]
    creator: Person
    created_at: Moment
    starts_on: date
    due_on: date
    completed_at: Moment | None
    completion_percentage: float
    participants_count: int
    my_chapters: list[int]


class Member(Answer):
    """A member now, with the numbers of their chapters."""

    id: Id
    fullname: PersonName
    joined_at: Moment
    chapters_held: list[int]
    chapters_done: list[int]


class Joined(Done):
    """The chapter that fell to the asker."""

    chapter_assigned: Juz


class Invite(Request):
    """Whom to invite: the account behind the e-mail that was named, or null for an unknown one."""

    id: Id
    member: Id | None


class ReadingReport(Request):
    """What was read of a chapter. Without a `reading_date`, the reader's own today."""

    chapter_assigned: Juz
    is_completed: Flag
    reading_date: Day = Field(default_factory=absent)
    notes: Notes = ""


class LogReading(Request):
    """A report on a khatma's chapter."""

    id: Id
    report: ReadingReport


class Reading(Answer):
    """A reading session."""

    id: Id
    khatma: Id
    chapter_assigned: Juz
    is_completed: bool
    reading_date: date
    notes: PrivateText
    created_at: Moment


class OneReading(Request):
    """One of the asker's own reading sessions."""

    id: Id


class ListReadings(Request):
    """The asker's own reading sessions: newest first, at most 200; `after` (an id) goes on."""

    khatma: Id | None = None
    after: Id | None = None


class UserStats(Answer):
    """A reader's own figures."""

    total_khatmas: int
    completed_khatmas: int
    total_chapters_read: int
    current_streak: int
    achievements_count: int
    completion_rate: float
    average_daily_chapters: float


class DayProgress(Answer):
    """One day of a khatma."""

    date: date
    chapters_read: int
    participants_active: int


class ChapterStatus(Answer):
    """Where one chapter of a khatma stands."""

    chapter: Juz
    is_completed: bool
    assigned_user: Person | None


class KhatmaStats(Answer):
    """A khatma's figures: the 30 days that end today, and all 30 chapters."""

    total_participants: int
    total_chapters_read: int
    completion_percentage: float
    average_daily_progress: float
    most_active_reader: Person | None
    daily_progress: list[DayProgress]
    chapter_completion_status: list[ChapterStatus]


AchievementKind = Literal[
    "first_khatma",
    "streak_7",
    "streak_30",
    "fast_reader",
    "consistent_reader",
    "chapter_master",
    "group_leader",
]


class Achievement(Answer):
    """Earned once, never taken back. `other` stands for what only a later release knows."""

    id: Id
    achievement: Literal[AchievementKind, "other"]
    achievement_display: str
    earned_at: Moment
    khatma: Id | None
    khatma_name: str | None


class Dashboard(Answer):
    """Khatma's part of the dashboard and of the profile."""

    active_khatmas: list[Khatma]
    recent_sessions: list[Reading]
    today_chapters: int
    weekly_chapters: int
    total_khatmas: int
    total_khatmas_completed: int
    current_streak: int


LIST_KHATMAS = RpcMethod("khatma", "list_khatmas", ListKhatmas, list[Khatma])
CREATE_KHATMA = RpcMethod("khatma", "create_khatma", CreateKhatma, Khatma, (Invalid,), writes=True)
GET_KHATMA = RpcMethod("khatma", "get_khatma", OneKhatma, Khatma, (NotFound,))
CHANGE_KHATMA = RpcMethod(
    "khatma",
    "change_khatma",
    ChangeKhatma,
    Khatma,
    (Invalid, Forbidden, NotFound, PreconditionFailed),
    writes=True,
)
DELETE_KHATMA = RpcMethod(
    "khatma",
    "delete_khatma",
    DeleteKhatma,
    Done,
    (Forbidden, NotFound, PreconditionFailed),
    writes=True,
)
MEMBERS = RpcMethod("khatma", "members", OneKhatma, list[Member], (NotFound,))
JOIN = RpcMethod("khatma", "join", OneKhatma, Joined, (NotFound, Conflict), writes=True)
LEAVE = RpcMethod("khatma", "leave", OneKhatma, Done, (NotFound, Conflict), writes=True)
INVITE = RpcMethod("khatma", "invite", Invite, Done, (Forbidden, NotFound, Conflict), writes=True)
LOG_READING = RpcMethod(
    "khatma",
    "log_reading",
    LogReading,
    Reading,
    (Invalid, Forbidden, NotFound, Conflict),
    writes=True,
)
GET_READING = RpcMethod("khatma", "get_reading", OneReading, Reading, (NotFound,))
LIST_READINGS = RpcMethod("khatma", "list_readings", ListReadings, list[Reading])
USER_STATS = RpcMethod("khatma", "user_stats", Nothing, UserStats)
KHATMA_STATS = RpcMethod("khatma", "khatma_stats", OneKhatma, KhatmaStats, (NotFound,))
ACHIEVEMENTS = RpcMethod("khatma", "achievements", Nothing, list[Achievement])
DASHBOARD = RpcMethod("khatma", "dashboard", Nothing, Dashboard)
HEALTH = health_of("khatma")
