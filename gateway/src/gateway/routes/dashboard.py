"""The dashboard, from three services at once."""

from fastapi import Response

from contracts.khatma.methods import DASHBOARD
from contracts.notify.methods import UNREAD
from contracts.practice.methods import WEEK
from gateway.answers import composed
from gateway.caller import CallerOf
from gateway.composing import parts_of
from gateway.dependencies import closed_router
from gateway.operation import says
from gateway.shapes import DashboardAnswer

router = closed_router("Dashboard")

_KHATMA = (
    "active_khatmas",
    "recent_sessions",
    "today_chapters",
    "weekly_chapters",
    "total_khatmas",
    "current_streak",
)
_ASKED = {
    DASHBOARD: {name: name for name in _KHATMA},
    WEEK: {name: name for name in ("today_minutes", "weekly_minutes")},
    UNREAD: {"unread_notifications": "unread"},
}


@router.get(
    "/api/dashboard/",
    **says("Everything at a glance", DASHBOARD, WEEK, UNREAD, answers=DashboardAnswer),
)
async def dashboard(caller: CallerOf) -> Response:
    """A service that is down leaves its part null and is named in `degraded`."""
    fields, degraded = await parts_of(caller, _ASKED)
    return composed(fields | {"degraded": degraded})
