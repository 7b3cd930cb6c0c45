"""Khatmas, their members and reading sessions, statistics, achievements."""

from typing import Annotated

import orjson
from fastapi import Query, Response

from contracts.auth.methods import FIND_BY_EMAIL, FindByEmail
from contracts.khatma import methods as khatma
from contracts.khatma.figures import OnePerson
from contracts.khatma.intentions import IntentionsForm, SetIntentions
from contracts.khatma.khatmas import (
    ChangeKhatma,
    CreateKhatma,
    DeleteKhatma,
    Khatma,
    KhatmaChange,
    KhatmaInFull,
    OneKhatma,
)
from contracts.khatma.links import LinkCode, LinkForm, MakeLink, OneLink
from contracts.khatma.lists import ListKhatmas, PageKhatmas
from contracts.khatma.members import Invite
from contracts.khatma.parts import PageParts
from contracts.khatma.readings import ListReadings, LogReading, OneReading, ReadingReport
from contracts.preconditions import Precondition, entity_tag
from contracts.refusals import Invalid
from gateway.answers import created, gone, ok
from gateway.caller import Caller, CallerOf
from gateway.dependencies import closed_router, open_router
from gateway.forms import (
    CompletedQuery,
    InviteForm,
    KhatmasQuery,
    PartsQuery,
    PathCode,
    PathId,
    ReadingsQuery,
    SearchQuery,
)
from gateway.operation import says
from gateway.paging import Paged, paged
from gateway.preconditions import OnlyIf, conditional, shown, validated
from gateway.shapes import LinkAnswer, PagedParts

router = closed_router("Khatmas")
doorway = open_router("Khatmas")

_KHATMA = {
    "name": "ختمة رمضان",
    "description": "Finish the Quran together",
    "khatma_type": "group",
    "target_days": 30,
    "is_public": True,
}
_CHANGE = {"name": "Ramadan Group Reading", "target_days": 29}


@router.get(
    "/api/khatmas/",
    **says(
        "List khatmas",
        khatma.LIST_KHATMAS,
        khatma.PAGE_KHATMAS,
        answers=list[Khatma] | Paged[Khatma],
        query=True,
    ),
)
async def list_khatmas(caller: CallerOf, query: Annotated[KhatmasQuery, Query()]) -> Response:
    """Khatmas that one is in, or that one may see.

    An array of 200 at most, where `after` goes on. With `page` or `page_size`, and of the joinable
    ones always, a page; what is past a list's 1,000th is in no page.
    """
    _check(query)
    said = query.model_dump(exclude_unset=True)
    if not query.is_paged:
        return ok(await caller.ask(khatma.LIST_KHATMAS, ListKhatmas.model_construct(**said)))
    asked = PageKhatmas.model_construct(**said)
    answer = await caller.ask(khatma.PAGE_KHATMAS, asked)
    return paged(caller, answer, query.page, query.page_size)


@router.get(
    "/api/khatma/completed/",
    **says("List one's own completed khatmas", khatma.LIST_COMPLETED, query=True),
)
async def list_completed(caller: CallerOf, query: Annotated[CompletedQuery, Query()]) -> Response:
    """Completed khatmas that one is in, newest first, 200 at most.

    With each, what one intended with it and the chapters that one read (`jza`).
    """
    return ok(await caller.ask(khatma.LIST_COMPLETED, query))


@doorway.get("/api/homepage/", **says("The liveliest public khatmas", khatma.HOMEPAGE, open=True))
async def homepage(caller: CallerOf) -> Response:
    """Seven public khatmas that are active, for anybody: those with most participants first.

    A creator is named here if their `visibility` is `everybody`. It may be a few seconds old.
    """
    body = await caller.parts.homepage.get(lambda: caller.ask(khatma.HOMEPAGE))
    answer = ok(body)
    answer.headers["Cache-Control"] = f"public, max-age={caller.parts.homepage.seconds}"
    return answer


@router.get("/api/search/khatmas/", **says("Find khatmas", khatma.SEARCH, query=True))
async def search(caller: CallerOf, query: Annotated[SearchQuery, Query()]) -> Response:
    """Public, active khatmas that one is not in and that hold all words of `q`: 20 at most.

    A word is found by its beginning, in names, descriptions and creators' names; in Arabic with
    and without marks, hamza forms, tatweel and the article. Newest first. A new khatma is found a
    second after it was made.
    """
    return ok(await caller.ask(khatma.SEARCH, query))


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
    body = await caller.ask(khatma.GET_KHATMA, _one(id))
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


@router.post("/api/khatmas/{id:id}/join/", **says("Join a khatma", khatma.JOIN))
async def join(caller: CallerOf, id: PathId) -> Response:
    """Become a member and get the lowest open chapter; once it is done, get the next one."""
    return ok(await caller.ask(khatma.JOIN, _one(id)))


@router.delete("/api/khatmas/{id:id}/leave/", **says("Leave a khatma", khatma.LEAVE))
async def leave(caller: CallerOf, id: PathId) -> Response:
    """Stop being a member. Unfinished chapters are open again; finished ones keep their credit."""
    return ok(await caller.ask(khatma.LEAVE, _one(id)))


@router.get("/api/khatmas/{id:id}/members/", **says("The members", khatma.MEMBERS))
async def members(caller: CallerOf, id: PathId) -> Response:
    """Who is in the khatma now, with their chapters."""
    return ok(await caller.ask(khatma.MEMBERS, _one(id)))


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
    return ok(await caller.ask(khatma.LIST_LINKS, _one(id)))


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


@router.get("/api/khatmas/{id:id}/intentions/", **says("One's own intentions", khatma.INTENTIONS))
async def intentions(caller: CallerOf, id: PathId) -> Response:
    """What one intends with a khatma that one is in: a list of one. Nobody else sees it."""
    return ok(await caller.ask(khatma.INTENTIONS, _one(id)))


@router.post(
    "/api/khatmas/{id:id}/intentions/",
    **says(
        "Say what one intends",
        khatma.SET_INTENTIONS,
        example={"intention": ["For my grandmother", "شفاء المرضى"]},
    ),
)
async def set_intentions(caller: CallerOf, id: PathId, form: IntentionsForm) -> Response:
    """Put up to 20 lines, of up to 200 characters each, in place of what one intended before.

    They are one's own: nobody else sees them, and they go when one leaves the khatma.
    An `Idempotency-Key` is ignored: the same request does the same again.
    """
    body = SetIntentions.model_construct(id=id, intention=form.intention)
    return ok(await caller.ask(khatma.SET_INTENTIONS, body))


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

    With `is_completed` the chapter is done. Without, an open chapter becomes one's own, and what
    one finished less than a day ago, while the khatma is active, is unfinished again. Either way
    one holds no more unfinished chapters than the khatma's `parts_at_once`: where that many are
    held, the one that joining gave, of which nothing was said yet, is given back and is open to
    others; without such a one it is 409, and nothing changes.
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
    return ok(await caller.ask(khatma.KHATMA_STATS, _one(id)))


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


def _check(query: KhatmasQuery) -> None:
    """Refuse `after` where there is nothing that it could go on with."""
    if "after" not in query.model_fields_set:
        return
    if query.is_paged:
        raise _with_after("Is for arrays; ask for the next `page`.")
    if query.ordering not in (None, "-created_at"):
        raise _with_after("Goes on where the newest are first; ask for a `page` in this order.")


def _with_after(text: str) -> Invalid:
    return Invalid(
        "The word `after` does not go with the rest of the query.", errors={"after": [text]}
    )


def _one(id: int) -> OneKhatma:
    return OneKhatma.model_construct(id=id)


async def _changed(
    caller: Caller, id: int, only_if: Precondition | None, change: KhatmaChange
) -> Response:
    asked = conditional(ChangeKhatma, only_if, id=id, change=change)
    await caller.ask(khatma.CHANGE_KHATMA, asked)
    # What is kept of a change names nobody; so it is looked at as everybody does.
    body = await caller.ask(khatma.GET_KHATMA, _one(id))
    answer = ok(body)
    answer.headers["Content-Location"] = _address(caller, id)
    return validated(answer, entity_tag(body))


def _address(caller: Caller, id: int | str) -> str:
    return caller.path(f"/api/khatmas/{id}/")
