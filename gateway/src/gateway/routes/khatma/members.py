"""Who reads in a khatma: joining, leaving, inviting."""

import orjson
from fastapi import Response

from contracts.auth.methods import FIND_BY_EMAIL, FindByEmail
from contracts.khatma import methods as khatma
from contracts.khatma.khatmas import OneKhatma
from contracts.khatma.members import Invite
from gateway.answers import ok
from gateway.caller import CallerOf
from gateway.dependencies import closed_router
from gateway.forms import InviteForm, PathId
from gateway.operation import says

router = closed_router("Khatmas")


@router.post("/api/khatmas/{id:id}/join/", **says("Join a khatma", khatma.JOIN))
async def join(caller: CallerOf, id: PathId) -> Response:
    """Become a member and get the lowest open chapter; once it is done, get the next one."""
    return ok(await caller.ask(khatma.JOIN, OneKhatma.model_construct(id=id)))


@router.delete("/api/khatmas/{id:id}/leave/", **says("Leave a khatma", khatma.LEAVE))
async def leave(caller: CallerOf, id: PathId) -> Response:
    """Stop being a member. Unfinished chapters are open again; finished ones keep their credit."""
    return ok(await caller.ask(khatma.LEAVE, OneKhatma.model_construct(id=id)))


@router.get("/api/khatmas/{id:id}/members/", **says("The members", khatma.MEMBERS))
async def members(caller: CallerOf, id: PathId) -> Response:
    """Who is in the khatma now, with their chapters."""
    return ok(await caller.ask(khatma.MEMBERS, OneKhatma.model_construct(id=id)))


@router.post(
    "/api/khatmas/{id:id}/invite/",
    **says(
        "Invite somebody",
        khatma.INVITE,
        status=202,
        example={"email": "ali@example.com"},
    ),
)
async def invite(caller: CallerOf, id: PathId, form: InviteForm) -> Response:
    """Invite by e-mail. The answer is the same whether or not there is such an account."""
    found = await caller.ask(FIND_BY_EMAIL, FindByEmail.model_construct(email=form.email))
    invited = Invite.model_construct(id=id, member=orjson.loads(found)["id"])
    return ok(await caller.ask(khatma.INVITE, invited, said=form), 202)
