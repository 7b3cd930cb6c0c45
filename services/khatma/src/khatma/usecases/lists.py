"""Lists of khatmas, page by page or as arrays, and what anybody sees."""

from typing import Any

from chassis.data.database import Reader
from contracts.khatma.lists import CompletedKhatmas, ListKhatmas, PageKhatmas, WantedKhatmas
from contracts.models import Nothing
from contracts.refusals import NotFound
from contracts.rpc import Call
from khatma.domain.searching import wanted
from khatma.store import homepage, lists
from khatma.store.lists import NEWEST_FIRST
from khatma.store.wanted import Wanted
from khatma.usecases.answers import khatma_answer, open_answer
from khatma.usecases.refusals import refusing


def list_khatmas(reader: Reader, call: Call[ListKhatmas]) -> list[dict[str, Any]]:
    """Return up to 200 khatmas, newest first unless `ordering` says otherwise.

    Raises:
        Invalid: `search` holds no word of two letters, or too many words.
    """
    asker, asked = call.asker, call.body
    ordering = asked.ordering or NEWEST_FIRST
    rows = lists.some(reader, _wanted(asked), asker.id, after=asked.after, ordering=ordering)
    return [khatma_answer(row, asker) for row in rows]


def page_khatmas(reader: Reader, call: Call[PageKhatmas]) -> dict[str, Any]:
    """Return a page of khatmas, and how many there are on all pages.

    Raises:
        Invalid: `search` holds no word of two letters, or too many words.
        NotFound: The page is past the end.
    """
    asker, asked = call.asker, call.body
    count, rows = lists.page(
        reader,
        _wanted(asked),
        asker.id,
        ordering=asked.ordering or NEWEST_FIRST,
        page=asked.page,
        size=asked.page_size,
    )
    if not rows and asked.page > 1:
        raise NotFound(f"There is no page {asked.page}. Begin with page 1.")
    return {"count": count, "results": [khatma_answer(row, asker) for row in rows]}


def list_completed(reader: Reader, call: Call[CompletedKhatmas]) -> list[dict[str, Any]]:
    """Return up to 200 completed khatmas of the asker, newest first."""
    asker = call.asker
    rows = lists.completed(reader, asker.id, after=call.body.after)
    return [
        {**khatma_answer(row, asker), "intention": row.intention, "jza": row.my_chapters}
        for row in rows
    ]


def show_homepage(reader: Reader, call: Call[Nothing]) -> list[dict[str, Any]]:
    """Return the seven liveliest public khatmas, as anybody sees them."""
    return [open_answer(row) for row in homepage.liveliest(reader)]


def _wanted(asked: WantedKhatmas) -> Wanted:
    with refusing():
        words = () if asked.search is None else tuple(wanted(asked.search, "search"))
    return Wanted(
        which=asked.filter,
        search=asked.search,
        words=words,
        khatma_type=asked.khatma_type,
        status=asked.status,
        is_public=asked.is_public,
    )
