"""What happened as people read it: of themselves, and of the khatmas that they are in now."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from chassis.data.database import Reader
from chassis.data.statements import by_value

# Of each source (oneself, each khatma that one is in, what one saw in going) the nearest :window
# are looked at. Where a source has more than that, nothing beyond its last one is answered yet:
# so a rare type in a long history is looked for in steps, each as short as the first. Planned for
# its values: the limit decides that an index is read in its order; and `offset 0` that what was
# found is looked up row by row, however little of it there may seem to be.
_PAGE = """
    with recorded as (
        select position from recorder
    ), own as (
        select place as position from activity where person_id = :person and place {beyond} :place
        order by place {order} limit :window
    ), seen_in_going as (
        select position from farewell where person_id = :person and position {beyond} :place
        order by position {order} limit :window
    ), shared as (
        select member.khatma_id, found.position
        from member cross join lateral (
            select place as position from activity
            where activity.khatma_id = member.khatma_id and place {beyond} :place
            order by place {order} limit :window
        ) as found
        where member.person_id = :person and member.is_in
    ), edge as (
        select {nearest}(position) as position from (
            select {furthest}(position) as position from own having count(*) = :window
            union all
            select {furthest}(position) from seen_in_going having count(*) = :window
            union all
            select {furthest}(position) from shared group by khatma_id having count(*) = :window
        ) as full_ones
    )
    select recorded.position as recorded, edge.position as edge,
        exists (select from person where id = :person and deleted_at is not null) as gone,
        page.position, page.event
    from recorded cross join edge left join lateral (
        select found.position, activity.event
        from (
            select position from own
            union select position from seen_in_going
            union select position from shared
        ) as found cross join lateral (
            select event from activity where activity.position = found.position {types} offset 0
        ) as activity
        where edge.position is null or not found.position {beyond} edge.position
        order by found.position {order} limit :limit
    ) as page on true
    order by page.position {order}
"""
_OF_TYPES = "and activity.type = any(cast(:types as text[]))"
_AFTER = {"beyond": ">", "order": "", "nearest": "min", "furthest": "max"}
_BEFORE = {"beyond": "<", "order": "desc", "nearest": "max", "furthest": "min"}
_PAGES = {
    (is_after, is_chosen): by_value(_PAGE.format(**words, types=_OF_TYPES if is_chosen else ""))
    for is_after, words in ((True, _AFTER), (False, _BEFORE))
    for is_chosen in (True, False)
}
# Who may see it is decided now.
_RECORDED = by_value(
    """
    select recorder.position as recorded, page.position, page.event, page.audience
    from recorder left join lateral (
        select position, event, case
            when activity.person_id is not null then array[activity.person_id]
            else array(
                select member.person_id from member
                where member.khatma_id = activity.khatma_id and is_in
                union
                select farewell.person_id from farewell
                where farewell.position = activity.position
                order by 1
            ) end as audience
        from activity where position > :after order by position limit :limit
    ) as page on true
    order by page.position
    """
)
FORGET = by_value(
    """
    delete from activity where position in (
        select position from (
            select position, recorded_at from activity order by position limit :batch
        ) as oldest
        where recorded_at < :before
    )
    returning 1
    """
)
"""Forgets what was recorded before a moment: the oldest are the first, so it looks no further."""
FORGET_FAREWELLS = by_value(
    """
    delete from farewell where (position, person_id) in (
        select position, person_id from farewell
        where position < coalesce(
            (select min(position) from activity), (select position + 1 from recorder)
        )
        order by position limit :batch
    )
    returning 1
    """
)
FORGET_OF_ENDED = by_value(
    """
    delete from activity where position in (
        select activity.position
        from ended_khatma cross join lateral (
            select position from activity where khatma_id = ended_khatma.id offset 0
        ) as activity
        where is_recorded
          and (
              select true from farewell where farewell.position = activity.position limit 1
          ) is null
        limit :batch
    )
    returning 1
    """
)
"""Forgets what nobody sees any more: of khatmas that were deleted, all but what was seen last."""
FORGET_MEMBERS = by_value(
    """
    delete from member where (khatma_id, person_id) in (
        select khatma_id, person_id from member where not is_in and changed_at < :before
        limit :batch
    ) and not is_in
    returning 1
    """
)

# How much of each source is looked at where types are chosen.
WINDOW = 250


class Placed(NamedTuple):
    """An event, JSON, and its place in the record."""

    position: int
    event: str


class Shared(NamedTuple):
    """The same, and the ids of the people who may see it."""

    position: int
    event: str
    audience: list[int]


class Page(NamedTuple):
    """A part of what a person may see.

    Attributes:
        gone: Whether the person's account was deleted.
        recorded: The last position that was given to anything.
        edge: How far was looked, where there may be more beyond; None where all was seen.
        found: What was found up to there, nearest first, and one more than asked for if there is.
    """

    gone: bool
    recorded: int
    edge: int | None
    found: list[Placed]


def page(
    reader: Reader,
    person: int,
    *,
    after: int | None,
    before: int | None,
    types: Sequence[str] | None,
    limit: int,
) -> Page:
    """Return what `person` may see: oldest first after a position, or newest first before one.

    Args:
        reader: Asks.
        person: Who.
        after: Beyond it; where there is neither, all that is kept.
        before: Below it.
        types: Of these types alone; None for all.
        limit: How many are wanted.
    """
    place = before if before is not None else after or 0
    rows = reader.ask(
        _PAGES[before is None, types is not None],
        person=person,
        place=place,
        limit=limit + 1,
        window=limit + 1 if types is None else max(limit + 1, WINDOW),
        **({} if types is None else {"types": list(types)}),
    )
    first = rows[0]
    found = [Placed(row.position, row.event) for row in rows if row.position is not None]
    return Page(first.gone, first.recorded, first.edge, found)


def recorded(reader: Reader, *, after: int, limit: int) -> tuple[int, list[Shared]]:
    """Return the last position, and what is kept after `after`, in order, with who may see it."""
    rows = reader.ask(_RECORDED, after=after, limit=limit)
    found: list[Any] = [row for row in rows if row.position is not None]
    return rows[0].recorded, [Shared(row.position, row.event, row.audience) for row in found]
