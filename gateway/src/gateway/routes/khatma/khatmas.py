"""Khatmas, one by one."""

from fastapi import Response

from contracts.khatma import methods as khatma
from contracts.khatma.khatmas import (
    ChangeKhatma,
    CreateKhatma,
    DeleteKhatma,
    KhatmaChange,
    KhatmaInFull,
    OneKhatma,
)
from contracts.preconditions import Precondition, entity_tag
from gateway.answers import created, gone, ok
from gateway.caller import Caller, CallerOf
from gateway.dependencies import closed_router
from gateway.forms import PathId
from gateway.operation import says
from gateway.preconditions import OnlyIf, conditional, shown, validated

router = closed_router("Khatmas")

_KHATMA = {
    "name": "ختمة رمضان",
    "description": "Finish the Quran together",
    "khatma_type": "group",
    "target_days": 30,
    "is_public": True,
}
_CHANGE = {"name": "Ramadan Group Reading", "target_days": 29}


@router.post(
    "/api/khatmas/",
    **says("Begin a khatma", khatma.CREATE_KHATMA, status=201, example=_KHATMA, tagged=True),
)
async def create_khatma(caller: CallerOf, body: CreateKhatma) -> Response:
    """Begin a khatma of one's own, or one for a group; a private one cannot be public."""
    made = await caller.ask(khatma.CREATE_KHATMA, body)
    return validated(created(made, _address(caller, "{id}")), entity_tag(made))


@router.get("/api/khatmas/{id:id}/", **says("One khatma", khatma.GET_KHATMA, tagged=True))
async def get_khatma(caller: CallerOf, id: PathId) -> Response:
    """A khatma that one is in, is invited to, or that is public."""
    body = await caller.ask(khatma.GET_KHATMA, OneKhatma.model_construct(id=id))
    return shown(caller.request, body)


@router.put(
    "/api/khatmas/{id:id}/",
    **says(
        "Put a khatma",
        khatma.CHANGE_KHATMA,
        answers=KhatmaInFull,
        example=_CHANGE,
        tagged=True,
    ),
)
async def put_khatma(
    caller: CallerOf, id: PathId, only_if: OnlyIf, change: KhatmaChange
) -> Response:
    """Change what is named, as its creator; what is not named keeps its value."""
    return await _changed(caller, id, only_if, change)


@router.patch(
    "/api/khatmas/{id:id}/",
    **says(
        "Change a khatma",
        khatma.CHANGE_KHATMA,
        answers=KhatmaInFull,
        example=_CHANGE,
        tagged=True,
    ),
)
async def change_khatma(
    caller: CallerOf, id: PathId, only_if: OnlyIf, change: KhatmaChange
) -> Response:
    """Change what is named, as its creator."""
    return await _changed(caller, id, only_if, change)


@router.delete(
    "/api/khatmas/{id:id}/",
    **says("Delete a khatma", khatma.DELETE_KHATMA, status=204),
)
async def delete_khatma(caller: CallerOf, id: PathId, only_if: OnlyIf) -> Response:
    """Take a khatma out of view, as its creator. Finished reading keeps its credit."""
    await caller.ask(khatma.DELETE_KHATMA, conditional(DeleteKhatma, only_if, id=id))
    return gone()


async def _changed(
    caller: Caller, id: int, only_if: Precondition | None, change: KhatmaChange
) -> Response:
    asked = conditional(ChangeKhatma, only_if, id=id, change=change)
    await caller.ask(khatma.CHANGE_KHATMA, asked)
    # What is kept of a change names nobody; so it is looked at as everybody does.
    body = await caller.ask(khatma.GET_KHATMA, OneKhatma.model_construct(id=id))
    answer = ok(body)
    answer.headers["Content-Location"] = _address(caller, id)
    return validated(answer, entity_tag(body))


def _address(caller: Caller, id: int | str) -> str:
    return caller.path(f"/api/khatmas/{id}/")
