"""What readers earn."""

from fastapi import Response

from contracts.khatma import methods as khatma
from contracts.khatma.figures import OnePerson
from gateway.answers import ok
from gateway.caller import CallerOf
from gateway.dependencies import closed_router
from gateway.forms import PathId
from gateway.operation import says

router = closed_router("Khatmas")


@router.get("/api/achievements/", **says("One's own achievements", khatma.ACHIEVEMENTS))
async def achievements(caller: CallerOf) -> Response:
    """What one has earned, once each and never taken back."""
    return ok(await caller.ask(khatma.ACHIEVEMENTS))


@router.get(
    "/api/achievements/user/{id:id}/", **says("Another's achievements", khatma.ACHIEVEMENTS_OF)
)
async def achievements_of(caller: CallerOf, id: PathId) -> Response:
    """What somebody has earned, to those who see their figures.

    A khatma is named where one may know of it.
    """
    return ok(await caller.ask(khatma.ACHIEVEMENTS_OF, OnePerson.model_construct(id=id)))
