"""What clients are answered, where that is not the answer of an RPC method as it stands."""

from pydantic import Field

from contracts.auth.methods import Account, AccountBrief, Gender
from contracts.events import Envelope
from contracts.fields import Id, Minutes, Moment
from contracts.khatma.khatmas import Khatma
from contracts.khatma.parts import TakenPart
from contracts.khatma.readings import Reading
from contracts.models import Answer, Done
from contracts.personal import PersonName
from gateway.paging import Paged

Degraded = Field(description="The services that are down, whose part is null here.")


class ActivityAnswer(Answer):
    """A part of what happened, and the cursors by which to go on."""

    events: list[Envelope] = Field(description="As they were announced.")
    next: str = Field(
        description="As `after`: what is newer than this part, and what happens from now on."
    )
    previous: str = Field(description="As `before`: what is older than this part.")
    more: bool = Field(
        description="Whether there may be more already, in the direction that was asked for."
    )


class TicketAnswer(Answer):
    """A new ticket, which opens one stream once; it is told this once."""

    ticket: str
    expires_in: int = Field(description="Seconds.")
    expires_at: Moment
    stream: str = Field(description="The address that it opens.")


class LinkAnswer(Answer):
    """A new link, with the code that it is opened by; it is told this once."""

    id: Id
    code: str
    address: str = Field(description="What to send to whom one invites.")
    expires_at: Moment
    uses_left: int


class RegisteredAnswer(Done):
    """The account just made, as the meditation tracker's clients know it."""

    user: AccountBrief


class SignupAnswer(Answer):
    """The account just made, as the khatma tracker's clients know it."""

    id: Id
    fullname: str
    email: str
    gender: Gender | None
    phone: str | None


class LoginAnswer(Done):
    """Tokens, and whose they are."""

    refresh: str
    access: str
    user: AccountBrief


class TokensAnswer(Done):
    """Tokens alone."""

    access: str
    refresh: str


class RefreshAnswer(Answer):
    """A fresh access token, and where rotation was asked for a fresh refresh token."""

    access: str
    refresh: str = Field(default="", description="Only with `rotate`.")


class Profile(Account):
    """One's own account, with figures from khatma. There are no pictures yet."""

    profile_picture: None
    total_khatmas_completed: int | None
    current_streak: int | None
    degraded: list[str] = Degraded


class DashboardAnswer(Answer):
    """Everything at a glance, from three services at once."""

    active_khatmas: list[Khatma] | None
    recent_sessions: list[Reading] | None
    unread_notifications: int | None
    today_chapters: int | None
    weekly_chapters: int | None
    total_khatmas: int | None
    current_streak: int | None
    today_minutes: Minutes | None
    weekly_minutes: Minutes | None
    degraded: list[str] = Degraded


class PagedParts(Paged[TakenPart]):
    """A page of a khatma's chapters that are held or done."""

    khatma_creator_name: PersonName


class Ready(Answer):
    """Whether requests can be served, part by part."""

    ready: bool
    parts: dict[str, bool] = Field(description="The broker, each service and each database.")


class Alive(Answer):
    """The process answers."""

    alive: bool
