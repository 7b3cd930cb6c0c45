"""Meditation sessions, the leaderboard, statistics."""

import re
from datetime import datetime
from typing import Annotated

from fastapi import Query, Response

from contracts.practice import methods as practice
from contracts.preconditions import Precondition, entity_tag
from gateway.answers import created, gone, ok
from gateway.caller import Caller, CallerOf
from gateway.dependencies import closed_router
from gateway.forms import LeaderboardQuery, PathId, SessionsQuery
from gateway.operation import says
from gateway.paging import Paged, paged
from gateway.preconditions import OnlyIf, conditional, shown, validated

router = closed_router("Meditation")

_UPDATED_AT = re.compile(rb'"updated_at":"([0-9T:.-]{19,26}Z)"\}$')
_LENGTH_OF_IT = 64
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
    **says("Log a session", practice.LOG_SESSION, status=201, example=_SESSION, tagged=True),
)
async def log_session(caller: CallerOf, session: practice.LogSession) -> Response:
    """Log a session for a practice day: one's own today, unless `date` names an earlier one."""
    body = await caller.ask(practice.LOG_SESSION, session)
    return _validated(created(body, _address(caller, "{id}")), body)


@router.delete(
    "/api/meditations/sessions/",
    **says("Delete all of one's own sessions", practice.CLEAR_SESSIONS, status=204),
)
async def clear_sessions(caller: CallerOf) -> Response:
    """Delete every session of one's own, at once."""
    await caller.ask(practice.CLEAR_SESSIONS)
    return gone()


@router.get(
    "/api/meditations/sessions/{id:id}/",
    **says("One session", practice.GET_SESSION, tagged=True),
)
async def get_session(caller: CallerOf, id: PathId) -> Response:
    """One of one's own sessions."""
    body = await caller.ask(practice.GET_SESSION, practice.OneSession.model_construct(id=id))
    return shown(caller.request, body, modified=_changed_at(body))


@router.put(
    "/api/meditations/sessions/{id:id}/",
    **says("Put a session", practice.CHANGE_SESSION, example=_CHANGE, tagged=True),
)
async def put_session(
    caller: CallerOf, id: PathId, only_if: OnlyIf, change: practice.SessionChange
) -> Response:
    """Change what is named; what is not named keeps its value."""
    return await _changed(caller, id, only_if, change)


@router.patch(
    "/api/meditations/sessions/{id:id}/",
    **says("Change a session", practice.CHANGE_SESSION, example=_CHANGE, tagged=True),
)
async def change_session(
    caller: CallerOf, id: PathId, only_if: OnlyIf, change: practice.SessionChange
) -> Response:
    """Change what is named."""
    return await _changed(caller, id, only_if, change)


@router.delete(
    "/api/meditations/sessions/{id:id}/",
    **says("Delete a session", practice.DELETE_SESSION, status=204),
)
async def delete_session(caller: CallerOf, id: PathId, only_if: OnlyIf) -> Response:
    """Delete one of one's own sessions."""
    await caller.ask(practice.DELETE_SESSION, conditional(practice.DeleteSession, only_if, id=id))
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


async def _changed(
    caller: Caller, id: int, only_if: Precondition | None, change: practice.SessionChange
) -> Response:
    asked = conditional(practice.ChangeSession, only_if, id=id, change=change)
    body = await caller.ask(practice.CHANGE_SESSION, asked)
    answer = ok(body)
    answer.headers["Content-Location"] = _address(caller, id)
    return _validated(answer, body)


def _address(caller: Caller, id: int | str) -> str:
    return caller.path(f"/api/meditations/sessions/{id}/")


def _validated(answer: Response, body: bytes) -> Response:
    return validated(answer, entity_tag(body), _changed_at(body))


def _changed_at(body: bytes) -> datetime | None:
    """When the session whose JSON is `body` was last changed, where it says so."""
    # The service writes it last, so nothing needs to be parsed.
    last = _UPDATED_AT.search(body, max(0, len(body) - _LENGTH_OF_IT))
    return datetime.fromisoformat(last[1].decode()) if last else None
