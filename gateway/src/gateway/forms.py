"""What clients send, where that is not the request of an RPC method as it stands."""

from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from contracts.activity import SHOWN, chosen
from contracts.auth.methods import Gender, GivenEmail, GivenPassword
from contracts.fields import LARGEST_ID, Day, Email, Fullname, Password, Phone, Username, digits
from contracts.khatma.lists import CompletedKhatmas, Filter, ListKhatmas, SearchKhatmas
from contracts.khatma.readings import ListReadings
from contracts.models import Request, absent
from contracts.notify.methods import ListNotifications
from contracts.practice.methods import (
    AskLeaderboard,
    ListSessions,
    MeditationType,
    Ordering,
    Window,
)


def _truth(value: object) -> object:
    if value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value == "true"


def _chosen(words: str) -> str:
    chosen(words.split(","))
    return words


_Digits = BeforeValidator(digits)
PathId = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[1])]
PathCode = Annotated[str, Path(examples=["kOSk6y2yJ5uUVZ3yP2rLwA"])]
QueryId = Annotated[int, Field(ge=1, le=LARGEST_ID, examples=[1]), _Digits]
PageNumber = Annotated[int, Field(ge=1, le=10_000_000), _Digits]
RowsOfPage = Annotated[int, Field(ge=1, le=100, description="Rows of a page."), _Digits]
Places = Annotated[int, Field(ge=1, le=100, description="Rows of the board."), _Digits]
After = Annotated[
    int,
    Field(ge=1, le=LARGEST_ID, description="Go on after this id, the last one that you have."),
    _Digits,
]
ActivityRows = Annotated[int, Field(ge=1, le=200, description="Events at most."), _Digits]
Truth = Annotated[bool, BeforeValidator(_truth)]

Cursor = Annotated[str, Field(max_length=64, examples=["AQAAAAAAAAAqAAAAAAAAAAkAAAAA"])]
EventTypes = Annotated[
    str,
    AfterValidator(_chosen),
    Field(
        max_length=2000,
        description="Types of events with commas between, with or without their version, or "
        "patterns (`*` is one word, `#` any number: `khatma.*` and `khatma.#` are all of khatma): "
        f"{', '.join(SHOWN)}.",
        examples=["khatma.part_completed,practice.*"],
    ),
]

# A query word has one name: the one that is documented.
_QUERY = ConfigDict(populate_by_name=False)


class RegisterForm(Request):
    """A new account of the meditation tracker's clients."""

    username: Username
    email: Email
    password: Password


class SignupForm(Request):
    """A new account of the khatma tracker's clients."""

    fullname: Fullname
    email: Email
    password: Password
    gender: Gender = Field(default_factory=absent)
    phone: Phone = Field(default_factory=absent)


class LoginForm(Request):
    """Credentials. Clients in the field send the e-mail as `username`: that is taken too."""

    # The password and at least one of the others, since there are no more names than these.
    model_config = ConfigDict(json_schema_extra={"required": ["password"], "minProperties": 2})

    email: GivenEmail
    username: GivenEmail = Field(
        default_factory=absent,
        description="The e-mail under its other name; where both come, `email` counts.",
    )
    password: GivenPassword

    @model_validator(mode="before")
    @classmethod
    def _email_as_username(cls, data: Any) -> Any:
        if isinstance(data, dict) and "username" in data:
            return {"email": data["username"], **data}
        return data


class InviteForm(Request):
    """Whom to invite."""

    email: Email


class SessionsQuery(ListSessions):
    """Which of one's own sessions."""

    model_config = _QUERY

    page: PageNumber = 1
    page_size: RowsOfPage = 10
    ordering: Ordering = Field(
        default_factory=absent, description="Newest first where nothing is said."
    )
    meditation_type: MeditationType = Field(default_factory=absent)
    first_day: Day = Field(default_factory=absent, alias="from")
    last_day: Day = Field(default_factory=absent, alias="to")


class LeaderboardQuery(AskLeaderboard):
    """Which leaderboard."""

    model_config = _QUERY

    window: Window = "all"
    limit: Places = 10


class KhatmasQuery(ListKhatmas):
    """Which khatmas. With `page` or `page_size`, and of the joinable ones always, a page."""

    model_config = _QUERY

    filter: Filter = "my_khatmas"
    is_public: Truth = Field(default_factory=absent)
    after: After = Field(default_factory=absent)
    page: PageNumber = 1
    page_size: RowsOfPage = 20

    @property
    def is_paged(self) -> bool:
        """Whether a page is asked for, and not an array."""
        named = {"page", "page_size"} & self.model_fields_set
        return self.filter == "joinable" or bool(named)


class PartsQuery(Request):
    """Which chapters of a khatma."""

    model_config = _QUERY

    user: Literal["me"] = Field(
        default_factory=absent, description="Only those that one holds or has done."
    )
    page: PageNumber = 1
    page_size: RowsOfPage = 30


class SearchQuery(SearchKhatmas):
    """What to look for."""

    model_config = _QUERY


class CompletedQuery(CompletedKhatmas):
    """Which of one's own completed khatmas."""

    model_config = _QUERY

    after: After = Field(default_factory=absent)


class ReadingsQuery(ListReadings):
    """Which of one's own reading sessions."""

    model_config = _QUERY

    user: Literal["me"] = Field(default="me", description="Nobody else's are to be had.")
    khatma: QueryId = Field(default_factory=absent)
    after: After = Field(default_factory=absent)


class NotificationsQuery(ListNotifications):
    """Which of one's own notifications."""

    model_config = _QUERY

    page: PageNumber = 1
    page_size: RowsOfPage = 20
    unread: Truth = Field(default=False, description="Only those not read yet.")


class ActivityQuery(Request):
    """Which part of what happened; without any word, the oldest that is kept."""

    model_config = _QUERY

    after: Cursor = Field(
        default_factory=absent, description="Go on after this cursor, oldest first."
    )
    before: Cursor = Field(
        default_factory=absent, description="Go on before this cursor, newest first."
    )
    newest: Truth = Field(default=False, description="Begin with the newest, newest first.")
    types: EventTypes = Field(default_factory=absent)
    limit: ActivityRows = 50

    @property
    def ways(self) -> list[str]:
        """The words that say where to begin; there is to be one at most."""
        said = {"after": self.after, "before": self.before, "newest": self.newest or None}
        return [name for name, value in said.items() if value is not None]

    @property
    def chosen(self) -> list[str] | None:
        """The wire names of `types`; None for all."""
        return None if self.types is None else chosen(self.types.split(","))


class StreamQuery(Request):
    """Which events a stream tells, from where on, and to whom."""

    model_config = _QUERY

    ticket: Annotated[str, Field(max_length=200, examples=["ZyVx0n5bZt8sTk3m1oQ4w7uJ2rLhCd9A"])] = (
        Field(
            default_factory=absent,
            description="From POST /api/activity/tickets/, instead of the header Authorization.",
        )
    )
    after: Cursor = Field(
        default_factory=absent,
        description="Go on after this cursor; without one, and without Last-Event-ID, from now on.",
    )
    types: EventTypes = Field(default_factory=absent)

    @property
    def chosen(self) -> frozenset[str] | None:
        """The wire names of `types`; None for all."""
        return None if self.types is None else frozenset(chosen(self.types.split(",")))


class DeliveriesQuery(Request):
    """Which deliveries of a webhook; the newest without any word."""

    model_config = _QUERY

    before: QueryId = Field(
        default_factory=absent, description="Go on before this id, `next` of what you have."
    )
    limit: RowsOfPage = 50
