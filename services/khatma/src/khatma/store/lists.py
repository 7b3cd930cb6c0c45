"""Lists of khatmas: each is one statement that reads only its page."""

from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text

from chassis.data.statements import by_value
from chassis.data.transaction import Reader
from khatma.store.views import COLUMNS, CREATOR, NEWEST, page_of
from khatma.store.wanted import AT_ONCE, OWN_COMPLETED, Wanted
from khatma.store.words import asking

NEWEST_FIRST = "-created_at"
# How many of a list are counted, and put in another order: so page one costs the same for ever.
MOST = 1000
_KEYS = {
    "created_at": "id",
    "name": "name",
    "completion_percentage": "done_parts",
    "participants_count": "member_count",
    "target_days": "target_days",
}
# All parts of a completed khatma are done: what one has of it, one has read.
_OWN_COMPLETED = page_of(
    OWN_COMPLETED,
    """
    coalesce((
        select texts from intention where khatma_id = khatma.id and person_id = :me
    ), cast('{}' as text[])) as intention
    """,
)


def some(
    reader: Reader,
    wanted: Wanted,
    me: int,
    *,
    after: int | None = None,
    ordering: str = NEWEST_FIRST,
) -> list[Any]:
    """Return up to 200 khatmas.

    Args:
        reader: Asks.
        wanted: Which.
        me: Who looks.
        after: Id of the last khatma of the list before, of one with the newest first.
        ordering: A field of the contract's, descending after a minus.
    """
    if wanted.is_empty:
        return []
    shape = _shape(wanted)
    statement = _listed(shape) if ordering == NEWEST_FIRST else _paged(shape, ordering)
    return reader.ask(statement, **_values(wanted, me, after), size=AT_ONCE, skipped=0)


def page(
    reader: Reader, wanted: Wanted, me: int, *, ordering: str, page: int, size: int
) -> tuple[int, list[Any]]:
    """Return how many there are, counted up to `MOST`, and a page of them.

    Args:
        reader: Asks.
        wanted: Which.
        me: Who looks.
        ordering: A field of the contract's, descending after a minus.
        page: From 1 up.
        size: Khatmas on a page.
    """
    skipped = (page - 1) * size
    if wanted.is_empty or skipped >= MOST:
        return 0, []
    statement = _paged(_shape(wanted), ordering)
    rows = reader.ask(statement, **_values(wanted, me, None), size=size, skipped=skipped)
    return (rows[0].in_all if rows else 0), rows


def completed(reader: Reader, me: int, *, after: int | None) -> list[Any]:
    """Return up to 200 completed khatmas of `me`, newest first, with their `intention`.

    Args:
        reader: Asks.
        me: Who looks.
        after: Id of the last khatma of the list before.
    """
    return reader.ask(_OWN_COMPLETED, me=me, after=after or NEWEST)


@cache
def _listed(wanted: Wanted) -> TextClause:
    """Return the statement of a list that goes on by `after`."""
    if wanted.conditions or wanted.search is not None:
        return _paged(wanted, NEWEST_FIRST)
    return page_of(wanted.ids(down=True, most=AT_ONCE))


@cache
def _paged(wanted: Wanted, ordering: str) -> TextClause:
    """Return the statement of a page, with how many there are in each row."""
    field, down = ordering.removeprefix("-"), ordering.startswith("-")
    # By age a list may begin with its oldest; any other order is one of its newest.
    key, by_age = _KEYS[field], field == "created_at"
    found = wanted.ids(down=down or not by_age, most=MOST)
    if wanted.conditions or not by_age:
        found = f"""
            select khatma.id, khatma.{key} as key from ({found}) as listed
            cross join lateral (select * from khatma where id = khatma_id limit 1) as khatma
            where {wanted.conditions or "true"}
        """  # noqa: S608
    else:
        found = f"select khatma_id as id, khatma_id as key from ({found}) as listed"  # noqa: S608
    order = "key desc, id desc" if down else "key, id"
    # Words are found by their index, whichever they are: what is reckoned for some is no help.
    looks_up = wanted.search is not None and wanted.is_everybodys
    made = text if looks_up or (by_age and not wanted.conditions) else by_value
    return made(
        f"""
        with found as materialized ({found})
        select (select count(*) from found) as in_all, {COLUMNS}
        from (select id, key from found order by {order} limit :size offset :skipped) as page
        cross join lateral (select * from khatma where id = page.id limit 1) as khatma
        {CREATOR}
        order by {order.replace("key", "page.key").replace("id", "page.id")}
        """  # noqa: S608
    )


def _shape(wanted: Wanted) -> Wanted:
    """Return what the statement depends on: its values are said when it is asked."""
    return replace(
        wanted,
        search=None if wanted.search is None else "",
        words=(),
        khatma_type=None if wanted.khatma_type is None else "",
        is_public=None if wanted.is_public is None else True,
    )


def _values(wanted: Wanted, me: int, after: int | None) -> dict[str, Any]:
    said = {"khatma_type": wanted.khatma_type, "is_public": wanted.is_public}
    looked_for = {"search": wanted.search, "wanted": asking(wanted.words)}
    return {"me": me, "after": after or NEWEST, **looked_for, **said}
