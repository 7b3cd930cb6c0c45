"""The RPC methods of notify."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.fields import Id, Moment, Page, PageSize
from contracts.health import health_of
from contracts.models import Answer, Done, Nothing, Request
from contracts.refusals import NotFound, TooMany, Unauthenticated
from contracts.rpc import RpcMethod

NotificationType = Literal[
    "welcome",
    "leaderboard_top",
    "khatma_invitation",
    "khatma_joined",
    "khatma_completed",
    "chapter_assigned",
    "chapter_completed",
    "achievement_earned",
    "other",
]
"""Why a person is told. `other` stands for what only a later release has words for."""


TicketHash = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{64}$"),
    Field(description="SHA-256 of the ticket, in hexadecimal digits."),
]


class ListNotifications(Request):
    """A page of the asker's own notifications, newest first."""

    page: Page = 1
    page_size: PageSize = 20
    unread: bool = Field(default=False, description="Only those not read yet.")


class Notification(Answer):
    """Something that happened, told to one person."""

    id: Id
    notification_type: NotificationType
    notification_display: str
    title: str
    message: str
    is_read: bool
    created_at: Moment
    related_khatma: Id | None
    related_khatma_name: str | None


class Notifications(Answer):
    """One page, and how many there are in all."""

    count: int
    results: list[Notification]


class OneNotification(Request):
    """One of the asker's own notifications."""

    id: Id


class AllRead(Done):
    """How many notifications were marked."""

    updated: int


class Unread(Answer):
    """How many notifications are not read yet."""

    unread: int


class AddTicket(Request):
    """A ticket of the asker's, to open one stream with; what it is made of stays with them.

    The two times are those of the access token that it stands for, in Unix seconds.
    """

    hash: TicketHash
    issued_at: float
    expires_at: float


class TicketAdded(Answer):
    """Until when the ticket is good."""

    expires_at: Moment


class TakeTicket(Request):
    """The ticket that somebody brings."""

    hash: TicketHash


class Ticket(Answer):
    """Whose ticket it was: what the access token said for which it stands."""

    person: Id
    session: str
    issued_at: float = Field(description="Of the token, in Unix seconds.")
    expires_at: float = Field(description="Of the token, in Unix seconds.")


LIST = RpcMethod("notify", "list", ListNotifications, Notifications, (NotFound,))
MARK_READ = RpcMethod(
    "notify",
    "mark_read",
    OneNotification,
    Notification,
    (NotFound,),
    writes=True,
    keeps_result=False,
)
MARK_ALL_READ = RpcMethod("notify", "mark_all_read", Nothing, AllRead, writes=True)
UNREAD = RpcMethod("notify", "unread", Nothing, Unread)
# Neither answer is kept: a repeat of the first is another ticket, of the second a used one.
ADD_TICKET = RpcMethod(
    "notify", "add_ticket", AddTicket, TicketAdded, (TooMany,), writes=True, keeps_result=False
)
TAKE_TICKET = RpcMethod(
    "notify",
    "take_ticket",
    TakeTicket,
    Ticket,
    (Unauthenticated,),
    writes=True,
    open=True,
    keeps_result=False,
)
HEALTH = health_of("notify")
