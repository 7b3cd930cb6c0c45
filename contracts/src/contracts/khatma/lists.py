"""Which khatmas one looks for, and how they are listed."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.fields import Flag, Id, Line, Page, PageSize
from contracts.khatma.khatmas import Khatma, KhatmaType, Status
from contracts.khatma.parts import PartReader
from contracts.models import Answer, Request, absent
from contracts.personal import PrivateText

Filter = Literal["my_khatmas", "public", "joinable", "completed"]
LONGEST_QUERY = 200
Words = Annotated[
    Line,
    StringConstraints(max_length=LONGEST_QUERY),
    Field(
        description="Beginnings of words, all of which the name, the description or the creator's "
        "name holds: at most 8, and one of at least two letters."
    ),
]
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


class KhatmaPage(Answer):
    """A page of khatmas. `count`: of all pages; what is past the 1,000th is not looked at."""

    count: int
    results: list[Khatma]


class SearchKhatmas(Request):
    """Words to look for, of which a khatma must hold each; of one type, or of any."""

    q: Words
    type: Literal["", "group", "private"] = ""


class CompletedKhatmas(Request):
    """The asker's own completed khatmas: newest first, at most 200; `after` (an id) goes on."""

    after: Id | None = None


class CompletedKhatma(Khatma):
    """A completed khatma of one's own, with what one intended and the chapters that one read."""

    intention: list[PrivateText]
    jza: list[int]


class OpenKhatma(Khatma):
    """A public khatma as anybody sees it, without a token.

    Its creator has a name here where their `visibility` is `everybody`.
    """

    creator: PartReader  # type: ignore[assignment]  # a person, or nobody in particular
