"""The RPC methods of khatma. A chapter is a juz, 1 to 30."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, StrictInt, StringConstraints

from contracts.fields import (
    NAME_SCHEMA,
    Day,
    Flag,
    Id,
    IsName,
    Juz,
    Line,
    Moment,
    Page,
    PageSize,
    Prose,
    Whole,
)
from contracts.health import health_of
from contracts.models import Answer, Change, Done, Nothing, Request, absent
from contracts.people import Person
from contracts.personal import Personal, PersonName, PrivateText
from contracts.preconditions import Conditional
from contracts.refusals import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    TooMany,
)
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
LONGEST_QUERY = 200
Words = Annotated[
    Line,
    StringConstraints(max_length=LONGEST_QUERY),
    Field(
        description="Beginnings of words, all of which the name, the description or the creator's "
        "name holds: at most 8, and one of at least two letters."
    ),
]
# An intention is a line, such as whom one reads for.
MOST_INTENTIONS, LONGEST_INTENTION = 20, 200
Intention = Annotated[
    Line,
    Personal.PRIVATE,
    StringConstraints(min_length=1, max_length=LONGEST_INTENTION),
    IsName,
    Field(json_schema_extra=NAME_SCHEMA),
]
Notes = Annotated[Prose, Personal.PRIVATE, StringConstraints(max_length=2000)]
TargetDays = Annotated[StrictInt, Field(ge=1, le=3650), Whole]
PartsAtOnce = Annotated[
    StrictInt,
    Field(
        ge=1,
        le=30,
        description="Unfinished chapters that a member may hold by choosing them. 1 in a public "
        "khatma and 30 in another, unless it is said.",
    ),
    Whole,
]
Status = Literal["active", "completed"]
KhatmaOrdering = Literal[
    "created_at",
    "-created_at",
    "name",
    "-name",
    "completion_percentage",
    "-completion_percentage",
    "participants_count",
    "-participants_count",
    "target_days",
    "-target_days",
]


_NOT_PRIVATE_AND_PUBLIC: dict[str, Any] = {
    "not": {
        "required": ["khatma_type", "is_public"],
        "properties": {"khatma_type": {"const": "private"}, "is_public": {"const": True}},
    }
}


class WantedKhatmas(Request):
    """Which khatmas. One's own are the active ones, unless `status` says otherwise."""

    filter: Filter = "my_khatmas"
    search: Words = Field(default_factory=absent)
    khatma_type: KhatmaType = Field(default_factory=absent)
    status: Status = Field(default_factory=absent)
    is_public: Flag = Field(default_factory=absent)
    ordering: KhatmaOrdering = Field(
        default_factory=absent, description="Newest first where nothing is said."
    )


class ListKhatmas(WantedKhatmas):
    """Which khatmas: at most 200; `after` (an id) goes on where the newest are first."""

    after: Id | None = None


class PageKhatmas(WantedKhatmas):
    """Which page of which khatmas."""

    page: Page = 1
    page_size: PageSize = 20


class SearchKhatmas(Request):
    """Words to look for, of which a khatma must hold each; of one type, or of any."""

    q: Words
    type: Literal["", "group", "private"] = ""


class CreateKhatma(Request):
    """A new khatma. A private one cannot be public."""

    model_config = ConfigDict(json_schema_extra=_NOT_PRIVATE_AND_PUBLIC)

    name: Name
    khatma_type: KhatmaType
    target_days: TargetDays
    description: Description = ""
    is_public: Flag = False
    parts_at_once: PartsAtOnce = Field(default_factory=absent)


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
            # Of one khatma in full.
            "participants",
            "is_participant",
            "can_join",
            "available_chapters",
            "days_remaining",
            "start_date",
            "end_date",
            "recent_sessions",
        }
    )

    name: Name = Field(default_factory=absent)
    description: Description = Field(default_factory=absent)
    target_days: TargetDays = Field(default_factory=absent)
    is_public: Flag = Field(default_factory=absent)
    parts_at_once: PartsAtOnce = Field(default_factory=absent)


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
    parts_at_once: int
    status: Status
    creator: Person
    created_at: Moment
    starts_on: date
    due_on: date
    completed_at: Moment | None
    completion_percentage: float
    participants_count: int
    my_chapters: list[int]


class CompletedKhatmas(Request):
    """The asker's own completed khatmas: newest first, at most 200; `after` (an id) goes on."""

    after: Id | None = None


class CompletedKhatma(Khatma):
    """A completed khatma of one's own, with what one intended and the chapters that one read."""

    intention: list[PrivateText]
    jza: list[int]


class KhatmaPage(Answer):
    """A page of khatmas. `count`: of all pages; what is past the 1,000th is not looked at."""

    count: int
    results: list[Khatma]


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


class LinkForm(Request):
    """How long a link lets people in, and how many."""

    expires_in_days: Annotated[StrictInt, Field(ge=1, le=30), Whole] = 7
    max_uses: Annotated[StrictInt, Field(ge=1, le=100), Whole] = 30


class MakeLink(LinkForm):
    """A link that lets others into a group khatma."""

    id: Id


class MadeLink(Answer):
    """A new link, with its code, which nobody is told again."""

    id: Id
    code: PrivateText
    expires_at: Moment
    uses_left: int


class Link(Answer):
    """A link that lets others in, and who made it."""

    id: Id
    maker: Person
    created_at: Moment
    expires_at: Moment
    uses_left: int


class OneLink(Request):
    """A link of a khatma."""

    id: Id
    link: Id


class LinkCode(Request):
    """The code of a link, or a guess."""

    code: PrivateText


class JoinedByLink(Joined):
    """The same, and which khatma it is."""

    khatma: Id


class IntentionsForm(Request):
    """All that one intends with a khatma; what was there before is replaced."""

    intention: Annotated[list[Intention], Field(max_length=MOST_INTENTIONS)]


class SetIntentions(IntentionsForm):
    """One's intentions with a khatma."""

    id: Id


class Intentions(Answer):
    """One's own intentions with a khatma, which nobody else sees."""

    intention: list[PrivateText]


class ReadingReport(Request):
    """What was read of a chapter. Without a `reading_date`, the reader's own today.

    Not completed: an open chapter becomes the reader's, their own stays theirs, and one that they
    finished less than a day ago is unfinished again. `notes` stay where they are not said again.
    """

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


class PageParts(Request):
    """A page of a khatma's chapters that are held or done, of all members or of the asker."""

    id: Id
    user: Literal["me"] | None = None
    page: Page = 1
    page_size: PageSize = 30


class PartReader(Answer):
    """Who holds or has done a chapter; without id and name, somebody whose account is gone."""

    id: Id | None
    fullname: PersonName


class TakenPart(Answer):
    """A chapter that is held or done."""

    khatma: Id
    chapter_assigned: Juz
    is_completed: bool
    user: PartReader
    claimed_at: Moment
    completed_at: Moment | None


class Participant(Answer):
    """A member, whose `id` is the person's, and the chapter that they are at.

    It is the lowest that they hold; where they hold none, the one that they finished last.
    """

    id: Id
    user: Person
    joined_at: Moment
    chapter_assigned: int | None
    is_chapter_completed: bool


class KhatmaInFull(Khatma):
    """One khatma with those who read in it, as the asker sees it.

    `can_join`: whether joining would give the asker a chapter now. `days_remaining`: by the asker's
    own today, 0 from `end_date` on and once it is completed. `recent_sessions`: the five chapters
    that were finished last.
    """

    participants: list[Participant]
    is_participant: bool
    can_join: bool
    available_chapters: list[int]
    days_remaining: int
    start_date: date
    end_date: date
    recent_sessions: list[TakenPart]


class OpenKhatma(Khatma):
    """A public khatma as anybody sees it, without a token.

    Its creator has a name here where their `visibility` is `everybody`.
    """

    creator: PartReader  # type: ignore[assignment]  # a person, or nobody in particular


class PartPage(Answer):
    """A page of a khatma's chapters that are not open, the lowest first."""

    count: int
    results: list[TakenPart]
    khatma_creator_name: PersonName


class OneReading(Request):
    """One of the asker's own reading sessions."""

    id: Id


class ListReadings(Request):
    """The asker's own reading sessions: newest first, at most 200; `after` (an id) goes on."""

    khatma: Id | None = None
    after: Id | None = None


class OnePerson(Request):
    """Somebody."""

    id: Id


class UserStats(Answer):
    """A reader's figures."""

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
    """Earned once, never taken back. `other` stands for what only a later release knows.

    Of another's, a khatma that the asker may not know of, or that is gone, is null.
    """

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


LIST_KHATMAS = RpcMethod("khatma", "list_khatmas", ListKhatmas, list[Khatma], (Invalid,))
PAGE_KHATMAS = RpcMethod("khatma", "page_khatmas", PageKhatmas, KhatmaPage, (Invalid, NotFound))
SEARCH = RpcMethod("khatma", "search", SearchKhatmas, list[Khatma], (Invalid,))
LIST_COMPLETED = RpcMethod("khatma", "list_completed", CompletedKhatmas, list[CompletedKhatma])
HOMEPAGE = RpcMethod("khatma", "homepage", Nothing, list[OpenKhatma], open=True)
CREATE_KHATMA = RpcMethod(
    "khatma", "create_khatma", CreateKhatma, KhatmaInFull, (Invalid,), writes=True
)
GET_KHATMA = RpcMethod("khatma", "get_khatma", OneKhatma, KhatmaInFull, (NotFound,))
# Not in full: the record of a command is to hold no name of another, who may be erased since.
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
PAGE_PARTS = RpcMethod("khatma", "page_parts", PageParts, PartPage, (NotFound,))
# The answer holds the code, so it is kept nowhere; but a link more than asked for lets people in.
MAKE_LINK = RpcMethod(
    "khatma",
    "make_link",
    MakeLink,
    MadeLink,
    (Forbidden, NotFound, Conflict),
    writes=True,
    keeps_result=False,
    told_again="This request made the link {id} before, and its code is told only once. "
    "If you have no code, revoke that link and make another with a new Idempotency-Key.",
)
LIST_LINKS = RpcMethod("khatma", "list_links", OneKhatma, list[Link], (Forbidden, NotFound))
REVOKE_LINK = RpcMethod("khatma", "revoke_link", OneLink, Done, (NotFound,), writes=True)
SHOW_BY_LINK = RpcMethod("khatma", "show_by_link", LinkCode, Khatma, (NotFound, TooMany))
JOIN_BY_LINK = RpcMethod(
    "khatma", "join_by_link", LinkCode, JoinedByLink, (NotFound, Conflict, TooMany), writes=True
)
# A list of one, as clients in the field read it.
INTENTIONS = RpcMethod("khatma", "intentions", OneKhatma, list[Intentions], (Forbidden, NotFound))
# Setting them again does the same again, and no record of the command is to hold them.
SET_INTENTIONS = RpcMethod(
    "khatma",
    "set_intentions",
    SetIntentions,
    list[Intentions],
    (Forbidden, NotFound),
    writes=True,
    keeps_result=False,
)
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
STATS_OF = RpcMethod("khatma", "stats_of", OnePerson, UserStats, (NotFound,))
KHATMA_STATS = RpcMethod("khatma", "khatma_stats", OneKhatma, KhatmaStats, (NotFound,))
ACHIEVEMENTS = RpcMethod("khatma", "achievements", Nothing, list[Achievement])
ACHIEVEMENTS_OF = RpcMethod("khatma", "achievements_of", OnePerson, list[Achievement], (NotFound,))
DASHBOARD = RpcMethod("khatma", "dashboard", Nothing, Dashboard)
HEALTH = health_of("khatma")
