"""Which khatmas there are: lists, a search, and what anybody sees."""

from typing import Annotated

from fastapi import Query, Response

from contracts.khatma import methods as khatma
from contracts.khatma.khatmas import Khatma
from contracts.khatma.lists import ListKhatmas, PageKhatmas
from contracts.refusals import Invalid
from gateway.answers import ok
from gateway.caller import CallerOf
from gateway.dependencies import closed_router, open_router
from gateway.forms import CompletedQuery, KhatmasQuery, SearchQuery
from gateway.operation import says
from gateway.paging import Paged, paged

router = closed_router("Khatmas")
doorway = open_router("Khatmas")


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
    and without marks, hamza forms, tatweel and the article. Newest first. What was changed is
    found by its new words about a second later.
    """
    return ok(await caller.ask(khatma.SEARCH, query))


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
