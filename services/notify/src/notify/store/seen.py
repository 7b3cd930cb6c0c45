"""What one may see now of the record, from a moment on: to have it sent again."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.data.database import Reader
from chassis.data.statements import by_value

# Moments grow with positions, so where one begins is found by halving: below `low` all is older,
# from `high` on nothing is. Then each source gives as much as is wanted, by its index. Planned for
# its values, since the limit decides that the indexes are read in their order.
_SINCE = by_value(
    """
    with recursive halves (low, high) as (
        select cast(0 as bigint), position + 1 from recorder
        union all
        select case when found.recorded_at < :since then middle else low end,
               case when found.recorded_at < :since then high else middle end
        from (select low, high, (low + high) / 2 as middle from halves where high - low > 1) as half
        left join lateral (
            select recorded_at from activity where position >= middle order by position limit 1
        ) as found on true
    ), start as materialized (
        select high as position from halves where high - low <= 1
    ), found as (
        (
            select position from activity
            where person_id = :person and position >= (select position from start)
            order by position limit :limit
        ) union (
            select position from farewell
            where person_id = :person and position >= (select position from start)
            order by position limit :limit
        ) union (
            select shared.position
            from member cross join lateral (
                select position from activity
                where activity.khatma_id = member.khatma_id
                  and position >= (select position from start)
                order by position limit :limit
            ) as shared
            where member.person_id = :person and member.is_in
        )
    )
    select activity.position, activity.event_id, activity.type,
           coalesce('person/' || activity.person_id, 'khatma/' || activity.khatma_id) as subject,
           activity.recorded_at
    from found join activity on activity.position = found.position
    order by found.position limit :limit
    """
)


class Seen(NamedTuple):
    """An event of the record, without what it says."""

    position: int
    id: UUID
    type: str
    subject: str
    recorded_at: datetime


def since(reader: Reader, person: int, moment: datetime, *, limit: int) -> list[Seen]:
    """Return up to `limit` events that a person may see now, oldest first.

    Args:
        reader: The database.
        person: Who.
        moment: When the first of them was recorded, or before.
        limit: How many at most.
    """
    return [Seen(*row) for row in reader.ask(_SINCE, person=person, since=moment, limit=limit)]
