"""A system filled with many people, sessions and khatmas, by SQL that makes many rows at once."""

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg2.extensions import connection as Connection  # noqa: N812

from sakina_bench.bar import Bar

BATCH = 25_000
FIRST_ID = 10_000_000
"""Of the people that are made: far from those who signed up."""


@dataclass(frozen=True)
class Size:
    """How many there are."""

    sessions: int
    people: int
    khatmas: int


SIZES = (Size(1_000, 1_000, 100), Size(100_000, 100_000, 10_000), Size(1_000_000, 100_000, 10_000))

_PRACTICE_PEOPLE = """
    insert into practice.person (id, username, timezone, day_starts_at, version)
    select id, 'reader' || id, 'UTC', 0, 1 from generate_series(%(from)s, %(to)s) as id
"""
# More minutes than anybody who signed up has, so that who is last stays last.
_TOTALS = """
    insert into practice.total (person, period, starts, minutes, sessions, reached_at)
    select id, 'all', date '2000-01-01', 100000 + id %% 50000, 50, now()
    from generate_series(%(from)s, %(to)s) as id
"""
_KHATMA_PEOPLE = """
    insert into khatma.person (id, username, fullname, timezone, day_starts_at, version)
    select id, 'reader' || id, 'Reader ' || id, 'UTC', 0, 1
    from generate_series(%(from)s, %(to)s) as id
"""
# Half of the sessions are one person's, whose lists are read.
_SESSIONS = """
    insert into practice.session
        (person, meditation_type, duration, notes, date, created_at, updated_at)
    select case when n %% 2 = 0 then %(asker)s else %(first)s + n %% %(people)s end,
           'gratitude', 1 + n %% 90, 'Morning calm session', current_date - n %% 3000, now(), now()
    from generate_series(%(from)s, %(to)s) as n
"""
# Their number is read from the totals.
_COUNTED = """
    with more as (
        select %(asker)s::bigint as person, %(more)s::bigint as sessions
    ), typed as (
        update practice.type_total set sessions = type_total.sessions + more.sessions
        from more where type_total.person = more.person and meditation_type = 'gratitude'
    )
    update practice.total set sessions = total.sessions + more.sessions
    from more where total.person = more.person and period = 'all'
"""
_KHATMAS = """
    with made as (
        insert into khatma.khatma
            (name, description, khatma_type, target_days, is_public, creator_id, created_at,
             starts_on, open_parts, done_parts, member_count)
        select 'Khatma ' || n, '', 'group', 30, true, %(first)s + n %% %(people)s, now(),
               current_date, 29, 0, 1
        from generate_series(%(from)s, %(to)s) as n
        returning id, creator_id
    ), joined as (
        insert into khatma.member (khatma_id, person_id, joined_at)
        select id, creator_id, now() from made
    )
    insert into khatma.part (khatma_id, number, person_id, claimed_at)
    select id, 1, creator_id, now() from made
"""


def fill(database: Connection, before: Size, wanted: Size, asker: int, bar: Bar) -> None:
    """Grow the rows of `before` to those that are `wanted`.

    Args:
        database: A connection of the superuser in autocommit.
        before: What is there already.
        wanted: What shall be there.
        asker: Whose half of the sessions are.
        bar: Shows how far it is.
    """
    values = {"asker": asker, "first": FIRST_ID, "people": wanted.people}
    people = (FIRST_ID + before.people, FIRST_ID + wanted.people)
    steps = [
        (_PRACTICE_PEOPLE, people),
        (_TOTALS, people),
        (_KHATMA_PEOPLE, people),
        (_SESSIONS, (before.sessions, wanted.sessions)),
        (_KHATMAS, (before.khatmas, wanted.khatmas)),
    ]
    bar.begin(sum(end - begin for _, (begin, end) in steps))
    with database.cursor() as cursor:
        for statement, (begin, end) in steps:
            for low, high in _batches(begin, end):
                cursor.execute(statement, values | {"from": low, "to": high - 1})
                bar.step(high - low)
        more = (wanted.sessions + 1) // 2 - (before.sessions + 1) // 2
        cursor.execute(_COUNTED, {"asker": asker, "more": more})
        for table in (
            "practice.person",
            "practice.session",
            "practice.total",
            "khatma.person",
            "khatma.khatma",
            "khatma.member",
            "khatma.part",
        ):
            cursor.execute(f"vacuum analyze {table}")


def _batches(begin: int, end: int) -> Iterator[tuple[int, int]]:
    for low in range(begin, end, BATCH):
        yield low, min(low + BATCH, end)
