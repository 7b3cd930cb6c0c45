"""The RPC methods of notify."""

from importlib import import_module
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from contracts.events import Envelope
from contracts.fields import LARGEST_ID, Id, Moment, Page, PageSize
from contracts.health import health_of
from contracts.models import Answer, Done, Nothing, Request
from contracts.refusals import Invalid, NotFound, TooMany, Unauthenticated
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


Position = Annotated[int, Field(ge=0, le=LARGEST_ID)]
"""A place in the record of activity: events have 1, 2, 3 … in the order they were recorded; 0 is
before the first one."""


class ListActivity(Request):
    """What happened that the asker may see now: about themselves, or a khatma that they are in.

    Oldest first from `after`, or from the oldest that is kept; newest first from `before`.
    """

    after: Position | None = Field(default=None, description="Only what was recorded after it.")
    before: Position | None = Field(
        default=None, description="Only what was recorded before it; the largest is the newest."
    )
    types: list[str] | None = Field(
        default=None, max_length=100, description="Wire names of events; null for all."
    )
    limit: int = Field(default=50, ge=1, le=200)

    @model_validator(mode="after")
    def _one_way(self) -> "ListActivity":
        if self.after is not None and self.before is not None:
            raise ValueError("must go on after a place or before one, not both")
        return self


class PlacedEvent(Answer):
    """An event as it was published, and its place in the record."""

    position: Position
    event: Envelope


class Activity(Answer):
    """A part of what happened."""

    events: list[PlacedEvent]
    next: Position = Field(
        description="After it comes what is newer than this part, and what is recorded later."
    )
    previous: Position = Field(description="Before it comes what is older than this part.")
    more: bool = Field(
        description="Whether there may be more in the direction that was asked for, already."
    )
    recorded: Position = Field(description="The last place that is recorded.")


class ListRecorded(Request):
    """What was recorded after a place, whosever it is: asked by a gateway, for whom it serves."""

    after: Position
    limit: int = Field(default=500, ge=1, le=1000)


class SharedEvent(PlacedEvent):
    """An event, its place, and who may see it."""

    audience: list[Id]


class Recorded(Answer):
    """What was recorded after one place and up to another; also each message of `activity.live`."""

    after: Position = Field(description="The place before the first one.")
    recorded: Position = Field(
        description="The place of the last one; `after` where there is none."
    )
    events: list[SharedEvent] = Field(description="Those that are still kept, in their order.")


class AddTicket(Request):
    """A ticket of the asker's, to open one stream with; what it is made of stays with them.

    The two times are those of the access token that it stands for, in Unix seconds.
    """

    hash: TicketHash
    issued_at: float
    expires_at: float


class TicketAdded(Answer):
    """How long the ticket is good."""

    expires_in: int = Field(description="Seconds.")
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
ACTIVITY = RpcMethod("notify", "activity", ListActivity, Activity, (Invalid, Unauthenticated))
ACTIVITY_RECORDED = RpcMethod("notify", "activity_recorded", ListRecorded, Recorded, open=True)
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
FIND_TICKET = RpcMethod("notify", "find_ticket", TakeTicket, Ticket, (Unauthenticated,), open=True)
HEALTH = health_of("notify")

import_module("contracts.notify.webhooks")  # says the others
