"""Achievements: the constraint `earned_once` lets a person earn each a single time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from chassis.data.database import Connection, Database

_AWARD = text(
    """
    with earned as (
        insert into achievement (person_id, achievement, earned_at, khatma_id, khatma_name)
        select award.person_id, award.achievement, :now, award.khatma_id, award.khatma_name
        from unnest(
            cast(:people as bigint[]), cast(:names as text[]), cast(:khatmas as bigint[]),
            cast(:khatma_names as text[])
        ) with ordinality as award (person_id, achievement, khatma_id, khatma_name, nth)
        order by nth
        on conflict on constraint earned_once do nothing
        returning id, person_id, achievement, khatma_id, khatma_name
    ), counted as (
        update reader set achievements = reader.achievements + news.earned
        from (select person_id, count(*) as earned from earned group by person_id) as news
        where reader.person_id = news.person_id
    )
    select person_id, achievement, khatma_id, khatma_name from earned order by id
    """
)
_OF = text(
    """
    select id, achievement, earned_at, khatma_id, khatma_name
    from achievement where person_id = :person order by id desc
    """
)


def award(
    tx: Connection, awards: Sequence[tuple[int, str, int | None, str | None]], now: datetime
) -> Sequence[Row[Any]]:
    """Award (person, achievement, khatma, khatma's name) to those who do not have it yet.

    The people's records must be locked. Returns what was new.
    """
    if not awards:
        return []
    people, names, khatmas, khatma_names = (list(column) for column in zip(*awards, strict=True))
    values = {
        "people": people,
        "names": names,
        "khatmas": khatmas,
        "khatma_names": khatma_names,
        "now": now,
    }
    return tx.execute(_AWARD, values).all()


def of(db: Database, person: int) -> Sequence[Row[Any]]:
    """Return what `person` has earned, newest first."""
    return db.read(_OF, person=person)
