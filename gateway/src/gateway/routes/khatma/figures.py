"""Figures of readers and of khatmas."""

from fastapi import Response

from contracts.khatma import methods as khatma
from contracts.khatma.figures import OnePerson
from contracts.khatma.khatmas import OneKhatma
from gateway.answers import ok
from gateway.caller import CallerOf
from gateway.dependencies import closed_router
from gateway.forms import PathId
from gateway.operation import says

router = closed_router("Khatmas")


@router.get("/api/stats/user/", **says("One's own figures", khatma.USER_STATS))
async def user_stats(caller: CallerOf) -> Response:
    """What one has read, in numbers."""
    return ok(await caller.ask(khatma.USER_STATS))


@router.get("/api/stats/user/{id:id}/", **says("Another's figures", khatma.STATS_OF))
async def stats_of(caller: CallerOf, id: PathId) -> Response:
    """What somebody has read, in numbers, where they show it (`visibility` in the profile).

    To those who are in a khatma with them, unless they said everybody or nobody; else 404.
    """
    return ok(await caller.ask(khatma.STATS_OF, OnePerson.model_construct(id=id)))


@router.get("/api/stats/khatma/{id:id}/", **says("A khatma's figures", khatma.KHATMA_STATS))
async def khatma_stats(caller: CallerOf, id: PathId) -> Response:
    """How far a khatma is, by day and by chapter."""
    return ok(await caller.ask(khatma.KHATMA_STATS, OneKhatma.model_construct(id=id)))
