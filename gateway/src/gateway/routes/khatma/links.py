"""Links that let others into a khatma."""

import orjson
from fastapi import Response

from contracts.khatma import methods as khatma
from contracts.khatma.khatmas import OneKhatma
from contracts.khatma.links import LinkCode, LinkForm, MakeLink, OneLink
from gateway.answers import created, gone, ok
from gateway.caller import CallerOf
from gateway.dependencies import closed_router
from gateway.forms import PathCode, PathId
from gateway.operation import says
from gateway.shapes import LinkAnswer

router = closed_router("Khatmas")


@router.post(
    "/api/khatmas/{id:id}/links/",
    **says(
        "Make a link to join",
        khatma.MAKE_LINK,
        answers=LinkAnswer,
        status=201,
        example={"expires_in_days": 7, "max_uses": 30},
    ),
)
async def make_link(caller: CallerOf, id: PathId, form: LinkForm | None = None) -> Response:
    """Make a link that lets others into a group khatma that one is in, to send to whom one likes.

    It lasts 7 days and lets 30 people in, unless the body says otherwise; 30 days and 100 people
    at most. It ends with its maker's membership. Repeated with the same `Idempotency-Key` it makes
    no other one: a 409 names the link that was made, whose code is told only once.
    """
    said = form or LinkForm()
    body = MakeLink.model_construct(
        id=id, expires_in_days=said.expires_in_days, max_uses=said.max_uses
    )
    made = orjson.loads(await caller.ask(khatma.MAKE_LINK, body))
    path = f"/api/khatmas/links/{made['code']}/"
    answer = {
        "id": made["id"],
        "code": made["code"],
        "address": caller.parts.settings.address + path,
        "expires_at": made["expires_at"],
        "uses_left": made["uses_left"],
    }
    return created(orjson.dumps(answer), caller.path(path))


@router.get("/api/khatmas/{id:id}/links/", **says("List links to join", khatma.LIST_LINKS))
async def list_links(caller: CallerOf, id: PathId) -> Response:
    """One's own links to a khatma that have not expired, as its creator everybody's."""
    return ok(await caller.ask(khatma.LIST_LINKS, OneKhatma.model_construct(id=id)))


@router.delete(
    "/api/khatmas/{id:id}/links/{link:id}/",
    **says("Revoke a link to join", khatma.REVOKE_LINK, status=204),
)
async def revoke_link(caller: CallerOf, id: PathId, link: PathId) -> Response:
    """End a link that one made, or, as the creator, that anybody made."""
    await caller.ask(khatma.REVOKE_LINK, OneLink.model_construct(id=id, link=link))
    return gone()


@router.get("/api/khatmas/links/{code}/", **says("Look through a link", khatma.SHOW_BY_LINK))
async def show_by_link(caller: CallerOf, code: PathCode) -> Response:
    """The khatma that a link opens, to whoever has it."""
    return ok(await caller.ask(khatma.SHOW_BY_LINK, LinkCode.model_construct(code=code)))


@router.post("/api/khatmas/links/{code}/", **says("Join by a link", khatma.JOIN_BY_LINK))
async def join_by_link(caller: CallerOf, code: PathCode) -> Response:
    """Become a member of the khatma that a link opens, as by joining it.

    Whoever becomes a member by it uses it once, and again if they left and come back by it.
    """
    return ok(await caller.ask(khatma.JOIN_BY_LINK, LinkCode.model_construct(code=code)))
