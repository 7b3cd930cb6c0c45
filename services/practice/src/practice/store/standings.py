"""How many people of a window have more minutes than somebody, whatever the number of people.

People are counted by minutes in buckets, the way a number has digits: who is above somebody is in a
higher bucket of one of five levels, at most 31 of each but the highest. What changed since the last
`fold` is counted beside them, so the answer is exact (docs/adr/0031).
"""

from sqlalchemy import text

from chassis.data.transaction import Transaction

ABOVE = """
    cast((
        select coalesce(sum(people), 0)
        from generate_series(0, 4) as level
        cross join lateral (
            select people from standing
            where standing.period = mine.period and standing.starts = mine.starts
                and standing.level = level.level
                and bucket > mine.minutes >> (5 * level.level)
                and bucket < case level.level when 4 then 9223372036854775807
                    else ((mine.minutes >> (5 * level.level + 5)) + 1) << 5 end
        ) as higher
    ) + (
        select coalesce(sum(people), 0) from standing_move as moved
        where moved.period = mine.period and moved.starts = mine.starts
            and moved.minutes > mine.minutes
    ) as bigint)
"""
"""People above `mine`, a row of total, as an expression."""

_FOLD = text(
    """
    with gone as (
        delete from standing_move returning period, starts, minutes, people
    ), net as (
        select period, starts, minutes, sum(people) as people from gone
        group by period, starts, minutes having sum(people) <> 0
    )
    insert into standing
        select period, starts, level, minutes >> (5 * level), sum(people)
        from net, generate_series(0, 4) as level
        group by 1, 2, 3, 4 having sum(people) <> 0
        order by 1, 2, 3, 4
    on conflict (period, starts, level, bucket) do update
        set people = standing.people + excluded.people
    """
)
_EMPTY = text("delete from standing where people = 0")


def fold(tx: Transaction) -> None:
    """Add to the buckets what changed since the last time."""
    tx.tell(_FOLD)
    tx.tell(_EMPTY)
