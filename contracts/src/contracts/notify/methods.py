"""The RPC methods of notify."""

from typing import Literal

from pydantic import Field

from contracts.fields import Id, Moment, Page, PageSize
from contracts.health import health_of
from contracts.models import Answer, Done, Nothing, Request
from contracts.refusals import NotFound
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
HEALTH = health_of("notify")
