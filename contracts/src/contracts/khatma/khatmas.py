"""A khatma, and what its creator says of it."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, StrictInt, StringConstraints

from contracts.fields import NAME_SCHEMA, Flag, Id, IsName, Line, Moment, Prose, Whole
from contracts.khatma.members import Participant
from contracts.khatma.parts import TakenPart
from contracts.models import Answer, Change, Request, absent
from contracts.people import Person
from contracts.preconditions import Conditional

KhatmaType = Literal["group", "private"]
Status = Literal["active", "completed"]
Name = Annotated[
    Line,
    StringConstraints(min_length=1, max_length=200),
    IsName,
    Field(json_schema_extra=NAME_SCHEMA),
]
Description = Annotated[Prose, StringConstraints(max_length=2000)]
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
_NOT_PRIVATE_AND_PUBLIC: dict[str, Any] = {
    "not": {
        "required": ["khatma_type", "is_public"],
        "properties": {"khatma_type": {"const": "private"}, "is_public": {"const": True}},
    }
}


class OneKhatma(Request):
    """A khatma."""

    id: Id


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
