"""Achievements: the constraint `earned_once` lets a person earn each a single time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Reader, Transaction
from khatma.store.companions import SHOWS
from khatma.store.views import SEEN_OF_ANY

_AWARD = text(
    """
    with earned as (
        insert into achievement (person_id, achievement, earned_at, khatma_id, khatma_name)
        select award.person_id, award.achievement, cast(:now as timestamptz), award.khatma_id,
               award.khatma_name
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

# A row without an achievement where there is none. A khatma is named to who may know of it.
_OF_OTHER = text(
    f"""
    select achievement.id, achievement, earned_at, known.id as khatma_id,
           case when known.id is not null then khatma_name end as khatma_name
    from (select where {SHOWS}) as shown
    left join achievement on person_id = :person
    left join lateral (
        select id from khatma where id = achievement.khatma_id and {SEEN_OF_ANY} limit 1
    ) as known on true
    order by achievement.id desc
    """  # noqa: S608
)


def award(
    tx: Transaction, awards: Sequence[tuple[int, str, int | None, str | None]], now: datetime
) -> list[Any]:
    """Award (person, achievement, khatma, khatma's name) to those who do not have it yet.

    The people's records must be locked. Returns what was new.
    """
    if not awards:
        return []
    people, names, khatmas, khatma_names = (list(column) for column in zip(*awards, strict=True))
    return tx.ask(
        _AWARD, people=people, names=names, khatmas=khatmas, khatma_names=khatma_names, now=now
    )


def of(reader: Reader, person: int) -> list[Any]:
    """Return what `person` has earned, newest first."""
    return reader.ask(_OF, person=person)


def of_other(reader: Reader, person: int, me: int) -> list[Any] | None:
    """Return the same of another, or None where they do not show it to `me`."""
    rows = reader.ask(_OF_OTHER, person=person, me=me)
    return [row for row in rows if row.id is not None] if rows else None
