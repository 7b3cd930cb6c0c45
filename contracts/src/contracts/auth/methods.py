"""The RPC methods of auth: accounts, tokens, keys."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StrictInt, StringConstraints

from contracts.fields import (
    Email,
    Flag,
    Fullname,
    FullnameOrNone,
    Id,
    Line,
    Moment,
    Password,
    Phone,
    Prose,
    Timezone,
    Trimmed,
    Username,
    Whole,
)
from contracts.health import health_of
from contracts.models import Answer, Change, Done, Nothing, Request, absent
from contracts.people import Visibility
from contracts.personal import Personal, PersonName, PrivateText
from contracts.preconditions import Conditional
from contracts.refusals import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    TooMany,
    Unauthenticated,
)
from contracts.rpc import RpcMethod

Gender = Literal["male", "female"]
# A password that is checked, not chosen, has no rule but a length that argon2 can bear.
GivenPassword = Annotated[Line, Personal.PRIVATE, StringConstraints(min_length=1, max_length=128)]
# An account from before may have an address that nobody could register today.
GivenEmail = Annotated[
    Line, Personal.PRIVATE, StringConstraints(min_length=1, max_length=254), Trimmed
]
Bio = Annotated[Prose, Personal.PRIVATE, StringConstraints(max_length=500)]
Token = Annotated[Line, StringConstraints(min_length=1, max_length=4096)]


class Register(Request):
    """A new account, by either way of registering, and the network address that it comes from."""

    email: Email
    password: Password
    username: Username = Field(default_factory=absent)
    fullname: Fullname = Field(default_factory=absent)
    gender: Gender = Field(default_factory=absent)
    phone: Phone = Field(default_factory=absent)
    address: PrivateText = Field(default="", max_length=64)


class Registered(Answer):
    """The account just made."""

    id: Id
    username: PersonName
    fullname: PersonName
    email: PrivateText
    gender: Gender | None
    phone: PrivateText | None


class LogIn(Request):
    """Credentials, and the network address that they come from, for throttling."""

    email: GivenEmail
    password: GivenPassword
    address: PrivateText = Field(default="", max_length=64)


class AccountBrief(Answer):
    """An account as the login answers it."""

    id: Id
    username: PersonName
    email: PrivateText


class Tokens(Answer):
    """An access token (a JWT, which says when it expires) and a refresh token (opaque, 90 days)."""

    access: str
    refresh: str


class LoggedIn(Tokens):
    """Tokens and whose they are."""

    user: AccountBrief


class Refresh(Request):
    """A refresh token; with `rotate` it is spent and another comes back."""

    refresh: Token
    rotate: Flag = False


class Refreshed(Answer):
    """A fresh access token, and a fresh refresh token where rotation was asked for."""

    access: str
    refresh: str | None = None


class LogOut(Request):
    """Ends the session of the access token, and of the refresh token where one is named."""

    refresh: Token = Field(default_factory=absent)


class ChangePassword(Request):
    """The old password proves the owner."""

    old_password: GivenPassword
    new_password: Password


class Account(Answer):
    """An account as its owner sees it."""

    id: Id
    username: PersonName
    fullname: PersonName
    email: PrivateText
    gender: Gender | None
    phone: PrivateText | None
    bio: PrivateText
    timezone: str
    day_starts_at: int
    date_joined: Moment
    visibility: Visibility = "companions"


class UpdateMe(Change):
    """What an owner may change.

    `fullname`, `gender` and `phone` are cleared by an empty string, the last two by null as well:
    so may an account be sent back as it came.
    """

    read_only: ClassVar[frozenset[str]] = frozenset(
        {
            *("id", "email", "date_joined", "profile_picture"),
            *("total_khatmas_completed", "current_streak", "degraded"),
        }
    )

    fullname: FullnameOrNone = Field(default_factory=absent)
    username: Username = Field(default_factory=absent)
    gender: Literal["male", "female", ""] | None = Field(default_factory=absent)
    phone: Phone | None = Field(default_factory=absent)
    bio: Bio = Field(default_factory=absent)
    timezone: Timezone = Field(default_factory=absent)
    day_starts_at: Annotated[StrictInt, Field(ge=0, le=720), Whole] = Field(default_factory=absent)
    visibility: Visibility = Field(
        default_factory=absent,
        description="Who sees your figures and achievements: those who are in a khatma with you, "
        "everybody, or nobody, who then has no name on the leaderboard either.",
    )


class ChangeMe(UpdateMe, Conditional):
    """What to change of one's account, beside the precondition that it is changed by."""

    def named(self) -> dict[str, Any]:
        """Return the fields of the account that the caller named, with their values."""
        return {name: getattr(self, name) for name in self.model_fields_set - {"precondition"}}


class DeleteMe(Conditional):
    """One's own account, to be deleted."""


class FindByEmail(Request):
    """An e-mail that somebody invites."""

    email: Email


class Found(Answer):
    """The account behind an e-mail, or null. For the gateway; it never reaches a client."""

    id: Id | None


class SigningKeys(Answer):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, Any]]


class EndedSince(Request):
    """Asks for the sessions that ended after a moment (Unix seconds)."""

    since: float


class Ended(Answer):
    """A session that ended, or with `sid` null every session of the user begun before `before`."""

    user: Id
    sid: Line | None
    before: float = Field(description="Unix seconds.")


class EndedSessions(Answer):
    """Sessions whose access tokens may not be used although they have not expired."""

    ended: list[Ended]


REGISTER = RpcMethod(
    "auth",
    "register",
    Register,
    Registered,
    (Invalid, Conflict, TooMany),
    writes=True,
    open=True,
    slow=True,
)
LOG_IN = RpcMethod(
    "auth",
    "log_in",
    LogIn,
    LoggedIn,
    (Unauthenticated, TooMany),
    writes=True,
    open=True,
    keeps_result=False,
    slow=True,
)
REFRESH = RpcMethod(
    "auth",
    "refresh",
    Refresh,
    Refreshed,
    (Unauthenticated,),
    writes=True,
    open=True,
    keeps_result=False,
)
LOG_OUT = RpcMethod("auth", "log_out", LogOut, Done, writes=True, keeps_result=False)
CHANGE_PASSWORD = RpcMethod(
    "auth",
    "change_password",
    ChangePassword,
    Done,
    (Invalid, Forbidden, TooMany),
    writes=True,
    keeps_result=False,
    slow=True,
)
ME = RpcMethod("auth", "me", Nothing, Account, (NotFound,))
UPDATE_ME = RpcMethod(
    "auth",
    "update_me",
    ChangeMe,
    Account,
    (Invalid, NotFound, Conflict, PreconditionFailed),
    writes=True,
)
DELETE_ME = RpcMethod(
    "auth", "delete_me", DeleteMe, Done, (NotFound, PreconditionFailed), writes=True
)
FIND_BY_EMAIL = RpcMethod("auth", "find_by_email", FindByEmail, Found)
SIGNING_KEYS = RpcMethod("auth", "signing_keys", Nothing, SigningKeys, open=True)
ENDED_SINCE = RpcMethod("auth", "ended_since", EndedSince, EndedSessions, open=True)
HEALTH = health_of("auth")
