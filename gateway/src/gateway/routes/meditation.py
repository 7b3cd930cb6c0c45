"""Meditation sessions, the leaderboard, statistics."""

from typing import Annotated

from fastapi import Query, Response

from contracts.practice import methods as practice
from gateway.answers import created, gone, ok
from gateway.caller import CallerOf
from gateway.doors import closed_router
from gateway.forms import LeaderboardQuery, PathId, SessionsQuery
from gateway.operation import says
from gateway.paging import Paged, paged

router = closed_router("Meditation")

_SESSION = {"meditation_type": "gratitude", "duration": 25, "notes": "Morning calm session"}
_CHANGE = {"duration": 30, "notes": "Extended session"}


@router.get(
    "/api/meditations/sessions/",
    **says(
        "List one's own sessions",
        practice.LIST_SESSIONS,
        answers=Paged[practice.Session],
        query=True,
    ),
)
async def list_sessions(caller: CallerOf, query: Annotated[SessionsQuery, Query()]) -> Response:
    """A page of one's own sessions, newest first unless `ordering` says otherwise."""
    answer = await caller.ask(practice.LIST_SESSIONS, query)
    return paged(caller, answer, query.page, query.page_size)


@router.post(
    "/api/meditations/sessions/",
    **says("Log a session", practice.LOG_SESSION, status=201, example=_SESSION),
)
async def log_session(caller: CallerOf, session: practice.LogSession) -> Response:
    """Log a session for a practice day: one's own today, unless `date` names an earlier one."""
    return created(await caller.ask(practice.LOG_SESSION, session))


@router.delete(
    "/api/meditations/sessions/",
    **says("Delete all of one's own sessions", practice.CLEAR_SESSIONS, status=204),
)
async def clear_sessions(caller: CallerOf) -> Response:
    """Delete every session of one's own, at once."""
    await caller.ask(practice.CLEAR_SESSIONS)
    return gone()


@router.get("/api/meditations/sessions/{id:id}/", **says("One session", practice.GET_SESSION))
async def get_session(caller: CallerOf, id: PathId) -> Response:
    """One of one's own sessions."""
    return ok(await caller.ask(practice.GET_SESSION, _one(id)))


@router.put(
    "/api/meditations/sessions/{id:id}/",
    **says("Put a session", practice.CHANGE_SESSION, example=_CHANGE),
)
async def put_session(caller: CallerOf, id: PathId, change: practice.SessionChange) -> Response:
    """Change what is named; what is not named keeps its value."""
    return ok(await caller.ask(practice.CHANGE_SESSION, _changed(id, change)))


@router.patch(
    "/api/meditations/sessions/{id:id}/",
    **says("Change a session", practice.CHANGE_SESSION, example=_CHANGE),
)
async def change_session(caller: CallerOf, id: PathId, change: practice.SessionChange) -> Response:
    """Change what is named."""
    return ok(await caller.ask(practice.CHANGE_SESSION, _changed(id, change)))


@router.delete(
    "/api/meditations/sessions/{id:id}/",
    **says("Delete a session", practice.DELETE_SESSION, status=204),
)
async def delete_session(caller: CallerOf, id: PathId) -> Response:
    """Delete one of one's own sessions."""
    await caller.ask(practice.DELETE_SESSION, _one(id))
    return gone()


@router.get(
    "/api/meditations/leaderboard/",
    **says("The leaderboard", practice.LEADERBOARD, query=True),
)
async def leaderboard(caller: CallerOf, query: Annotated[LeaderboardQuery, Query()]) -> Response:
    """The first places by minutes, all time or this month, week or day (UTC), and one's own."""
    return ok(await caller.ask(practice.LEADERBOARD, query))


@router.get("/api/meditations/stats/", **says("One's own statistics", practice.STATS))
async def stats(caller: CallerOf) -> Response:
    """Totals, by type, by day for 30 days, and streaks."""
    return ok(await caller.ask(practice.STATS))


def _one(id: int) -> practice.OneSession:
    return practice.OneSession.model_construct(id=id)


def _changed(id: int, change: practice.SessionChange) -> practice.ChangeSession:
    return practice.ChangeSession.model_construct(id=id, change=change)
