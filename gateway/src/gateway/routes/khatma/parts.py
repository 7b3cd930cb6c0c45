"""Who reads which chapter of a khatma."""

from typing import Annotated

from fastapi import Query, Response

from contracts.khatma import methods as khatma
from contracts.khatma.parts import PageParts
from gateway.caller import CallerOf
from gateway.dependencies import closed_router
from gateway.forms import PartsQuery, PathId
from gateway.operation import says
from gateway.paging import paged
from gateway.shapes import PagedParts

router = closed_router("Khatmas")


@router.get(
    "/api/khatmas/{id:id}/sessions/",
    **says(
        "Who reads which chapter",
        khatma.PAGE_PARTS,
        answers=PagedParts,
        query=True,
    ),
)
async def page_parts(
    caller: CallerOf, id: PathId, query: Annotated[PartsQuery, Query()]
) -> Response:
    """A khatma's chapters that somebody holds or has done, the lowest first."""
    said = query.model_dump(exclude_unset=True)
    asked = PageParts.model_construct(id=id, **said)
    answer = await caller.ask(khatma.PAGE_PARTS, asked)
    return paged(caller, answer, query.page, query.page_size)
