"""What one read: one's own reading sessions."""

from typing import Annotated

from fastapi import Query, Response

from contracts.khatma import methods as khatma
from contracts.khatma.readings import ListReadings, LogReading, OneReading, ReadingReport
from gateway.answers import created, ok
from gateway.caller import CallerOf
from gateway.dependencies import closed_router
from gateway.forms import PathId, ReadingsQuery
from gateway.operation import says

router = closed_router("Khatmas")


@router.post(
    "/api/khatmas/{id:id}/sessions/",
    **says(
        "Log what was read",
        khatma.LOG_READING,
        status=201,
        example={"chapter_assigned": 1, "is_completed": True},
    ),
)
async def log_reading(caller: CallerOf, id: PathId, report: ReadingReport) -> Response:
    """Choose a chapter, finish it, or take it back; there is one session for each chapter.

    With `is_completed` true the chapter is done. With false, an open chapter becomes one's own, and
    what one finished less than a day ago, while the khatma is active, is unfinished again. One of
    the two is to be said. Either way one holds no more unfinished chapters than the khatma's
    `parts_at_once`: where that many are held, the one that joining gave, of which nothing was said
    yet, is given back and is open to others; without such a one it is 409, and nothing changes.
    """
    body = LogReading.model_construct(id=id, report=report)
    made = await caller.ask(khatma.LOG_READING, body)
    return created(made, caller.path("/api/sessions/{id}/"))


@router.get(
    "/api/sessions/",
    **says("List one's own readings", khatma.LIST_READINGS, query=True),
)
async def list_readings(caller: CallerOf, query: Annotated[ReadingsQuery, Query()]) -> Response:
    """One's own reading sessions, newest first, 200 at most."""
    body = ListReadings.model_construct(**query.model_dump(exclude={"user"}, exclude_unset=True))
    return ok(await caller.ask(khatma.LIST_READINGS, body))


@router.get("/api/sessions/{id:id}/", **says("One of one's own readings", khatma.GET_READING))
async def get_reading(caller: CallerOf, id: PathId) -> Response:
    """One of one's own reading sessions."""
    return ok(await caller.ask(khatma.GET_READING, OneReading.model_construct(id=id)))
