"""What khatma announces."""

from datetime import date
from typing import Any

from pydantic import Field

from contracts.events import EventType
from contracts.fields import Id
from contracts.models import Answer
from contracts.moments import Instant


class KhatmaData(Answer):
    """A khatma as it now is."""

    name: str
    khatma_type: str
    is_public: bool
    target_days: int
    creator: Id


class MemberInvitedData(Answer):
    """A member asked another person to join."""

    member: Id
    by: Id
    khatma_name: str


class PersonInvitedData(Answer):
    """A member invited the person that the event is about; `by` is that member."""

    khatma: Id
    by: Id
    khatma_name: str


class MemberJoinedData(Answer):
    """A person became a member."""

    member: Id
    creator: Id
    khatma_name: str


class MemberLeftData(Answer):
    """A member left; what they had not finished is open again."""

    member: Id
    parts_freed: list[int]
    account_deleted: bool = Field(
        default=False,
        description="Whether they left with their account: nobody is to show their name any more.",
    )


class MembersListedData(Answer):
    """Who is in a khatma now: said of each one that was there before anybody could follow it.

    Nothing happened, so no person is shown it; a follower that keeps who is in begins with it.
    """

    members: list[Id]


class PartsClaimedData(Answer):
    """One command gave these chapters to a member; none is announced at creation.

    `parts_freed`: what they let go for it, which is open again.
    """

    member: Id
    chapters: list[int]
    khatma_name: str
    parts_freed: list[int] = Field(default_factory=list)


class ProgressNotedData(Answer):
    """A reading session that completed nothing."""

    member: Id
    chapter: int
    reading_date: date


class PartCompletedData(Answer):
    """A chapter is done; `done` of 30 now are."""

    member: Id
    chapter: int
    reading_date: date
    done: int
    other_members: list[Id]
    khatma_name: str


class PartTakenBackData(Answer):
    """A chapter was not done after all: its reader holds it, and `done` of 30 are.

    `reading_date`: the day that it had counted for. `parts_freed`: what they let go for it, which
    is open again.
    """

    member: Id
    chapter: int
    reading_date: date
    done: int
    khatma_name: str
    parts_freed: list[int] = Field(default_factory=list)


class KhatmaCompletedData(Answer):
    """All 30 chapters are done."""

    members: list[Id]
    creator: Id
    completed_at: Instant
    khatma_name: str


class AchievementEarnedData(Answer):
    """A person earned an achievement, once and for good."""

    member: Id
    achievement: str
    khatma: Id | None
    khatma_name: str | None


class DataErasedData(Answer):
    """Everything held about the person is gone; finished chapters stay done, without a name."""


_KHATMA: dict[str, Any] = {
    "name": "ختمة رمضان",
    "khatma_type": "group",
    "is_public": True,
    "target_days": 30,
    "creator": 3,
}
_NAME = "ختمة رمضان"

CREATED = EventType(
    "khatma",
    "created",
    "khatma",
    "Somebody began a khatma, and is its first member.",
    KhatmaData,
    _KHATMA,
)
UPDATED = EventType(
    "khatma",
    "updated",
    "khatma",
    "A khatma's creator changed it.",
    KhatmaData,
    {**_KHATMA, "target_days": 29},
)
DELETED = EventType(
    "khatma", "deleted", "khatma", "A khatma's creator took it out of view.", KhatmaData, _KHATMA
)
MEMBER_INVITED_V1 = EventType(
    "khatma",
    "member_invited",
    "khatma",
    "A member asked somebody to join a khatma. No longer announced.",
    MemberInvitedData,
    {"member": 9, "by": 3, "khatma_name": _NAME},
)
MEMBER_INVITED = EventType(
    "khatma",
    "member_invited",
    "person",
    "A member of a khatma asked somebody to join it.",
    PersonInvitedData,
    {"khatma": 12, "by": 3, "khatma_name": _NAME},
    version=2,
)
"""About the invited person and nobody else: among a khatma's events, and be it by their numbers,
its members would read whether an address that they invited has an account."""
MEMBER_JOINED = EventType(
    "khatma",
    "member_joined",
    "khatma",
    "Somebody became a member of a khatma.",
    MemberJoinedData,
    {"member": 9, "creator": 3, "khatma_name": _NAME},
)
MEMBER_LEFT = EventType(
    "khatma",
    "member_left",
    "khatma",
    "A member left a khatma; what they had not finished is open again.",
    MemberLeftData,
    {"member": 9, "parts_freed": [7], "account_deleted": False},
)
MEMBERS_LISTED = EventType(
    "khatma",
    "members_listed",
    "khatma",
    "Who had joined a khatma before its joinings were followed; for services, once.",
    MembersListedData,
    {"members": [3, 5, 9]},
)
PARTS_CLAIMED = EventType(
    "khatma",
    "parts_claimed",
    "khatma",
    "A member holds further chapters of a khatma, by joining or by choosing.",
    PartsClaimedData,
    {"member": 9, "chapters": [7], "khatma_name": _NAME, "parts_freed": []},
)
PROGRESS_NOTED = EventType(
    "khatma",
    "progress_noted",
    "khatma",
    "A member read in a chapter and has not finished it.",
    ProgressNotedData,
    {"member": 9, "chapter": 7, "reading_date": "2026-03-01"},
)
PART_COMPLETED = EventType(
    "khatma",
    "part_completed",
    "khatma",
    "A member finished a chapter of a khatma.",
    PartCompletedData,
    {
        "member": 9,
        "chapter": 7,
        "reading_date": "2026-03-01",
        "done": 12,
        "other_members": [3, 5],
        "khatma_name": _NAME,
    },
    others="other_members",
)
PART_TAKEN_BACK = EventType(
    "khatma",
    "part_taken_back",
    "khatma",
    "A chapter was not finished after all: its reader holds it again.",
    PartTakenBackData,
    {
        "member": 9,
        "chapter": 7,
        "reading_date": "2026-03-01",
        "done": 11,
        "khatma_name": _NAME,
        "parts_freed": [2],
    },
)
COMPLETED = EventType(
    "khatma",
    "completed",
    "khatma",
    "All 30 chapters of a khatma are done.",
    KhatmaCompletedData,
    {
        "members": [3, 5, 9],
        "creator": 3,
        "completed_at": "2026-03-29T18:02:11.512000Z",
        "khatma_name": _NAME,
    },
)
ACHIEVEMENT_EARNED = EventType(
    "khatma",
    "achievement_earned",
    "person",
    "Somebody earned an achievement, once and for good.",
    AchievementEarnedData,
    {"member": 9, "achievement": "first_khatma", "khatma": 17, "khatma_name": _NAME},
)
DATA_ERASED = EventType(
    "khatma",
    "data_erased",
    "person",
    "khatma holds nothing of this person any more; finished chapters stay done.",
    DataErasedData,
    {},
)
