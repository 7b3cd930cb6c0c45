"""Notifications, which events make and people read."""

from typing import Annotated

from fastapi import Query, Response

from contracts.notify import methods as notify
from gateway.answers import ok
from gateway.caller import CallerOf
from gateway.dependencies import closed_router
from gateway.forms import NotificationsQuery, PathId
from gateway.operation import says
from gateway.paging import Paged, paged

router = closed_router("Notifications")


@router.get(
    "/api/notifications/",
    **says(
        "List one's own notifications",
        notify.LIST,
        answers=Paged[notify.Notification],
        query=True,
    ),
)
async def list_notifications(
    caller: CallerOf, query: Annotated[NotificationsQuery, Query()]
) -> Response:
    """A page of one's own notifications, newest first.

    The same fact is told once within a day. One person makes at most 20 appear for another within
    an hour, 25 where a completed khatma is told; what goes beyond is left out.
    """
    answer = await caller.ask(notify.LIST, query)
    return paged(caller, answer, query.page, query.page_size)


@router.patch("/api/notifications/{id:id}/read/", **says("Mark one as read", notify.MARK_READ))
async def mark_read(caller: CallerOf, id: PathId) -> Response:
    """Mark one of one's own notifications as read. An `Idempotency-Key` is ignored."""
    return ok(await caller.ask(notify.MARK_READ, notify.OneNotification.model_construct(id=id)))


@router.patch("/api/notifications/mark-all-read/", **says("Mark all as read", notify.MARK_ALL_READ))
async def mark_all_read(caller: CallerOf) -> Response:
    """Mark all of one's own notifications as read."""
    return ok(await caller.ask(notify.MARK_ALL_READ))


@router.post(
    "/api/notifications/mark-all-read/", **says("Mark all as read, by POST", notify.MARK_ALL_READ)
)
async def post_mark_all_read(caller: CallerOf) -> Response:
    """The same, for clients that send POST."""
    return ok(await caller.ask(notify.MARK_ALL_READ))
