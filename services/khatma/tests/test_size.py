"""Page one and all figures read a few rows by an index, however much there is."""

from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, text

from khatma.store import figures, parts, readings, views

MANY = 30_000
READER, OTHER, FIRST = 10**9, 10**9 + 1, 10**9
FILL = (
    """
    insert into khatma overriding system value
    select :first + n, 'k', '', 'group', 30, true, :other, now(), current_date,
           case when n % 10 = 0 then now() end, case when n % 10 = 0 then 0 else 28 end,
           case when n % 10 = 0 then 30 else 0 end, 2
    from generate_series(1, :many) as n
    """,
    "insert into member select id, :reader, now(), id % 10 = 0 from khatma "
    "where id > :first and id % 2 = 0",
    "insert into person select :reader + n, 'u', '', 'UTC', 0, 0 from generate_series(1, :many) n",
    "insert into part select id, 1, :reader, now(), null from khatma "
    "where id > :first and id % 2 = 0",
    """
    insert into reading
        (person_id, khatma_id, number, is_completed, reading_date, notes, created_at)
    select :reader, :first + 1 + n % 100, n % 30 + 1, true, current_date - n % 3000, '', now()
    from generate_series(1, :many) as n
    """,
    "insert into reader_day select :reader, current_date - n, 10 from generate_series(0, 2999) n",
    "insert into streak values (:reader, current_date - 2999, current_date)",
    "insert into khatma_day select :first + 1, current_date - n, 1, 1 "
    "from generate_series(0, 2999) n",
)


@pytest.fixture(scope="module")
def much(migrated):
    values = {"many": MANY, "reader": READER, "other": OTHER, "first": FIRST}
    owner = create_engine(migrated.owner_url("khatma"), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        for statement in FILL:
            connection.execute(text(statement), values)
        connection.execute(text("analyze"))
        yield
        connection.execute(text("truncate khatma, reading, reader_day, streak, person cascade"))
    owner.dispose()


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


PAGES = {
    which: (statement, {"me": READER, "after": 2**63 - 1, "limit": 200})
    for which, statement in views._PAGES.items()
}
SINCE = date.today() - timedelta(days=31)
OTHERS = {
    "readings": (readings._OWN, {"me": READER, "after": 2**63 - 1, "limit": 200}),
    "readings of a khatma": (
        readings._OWN_IN_KHATMA,
        {"me": READER, "khatma": FIRST + 7, "after": 2**63 - 1, "limit": 200},
    ),
    "reader": (figures._READER, {"me": READER, "since": SINCE, "alive": SINCE}),
    "khatma": (figures._KHATMA, {"me": READER, "khatma": FIRST + 1, "since": SINCE}),
    "one": (views._ONE, {"me": READER, "id": FIRST + 1}),
    "members": (views._MEMBERS, {"id": FIRST + 2}),
    "parts": (parts._OF, {"khatma": FIRST + 2}),
}


@pytest.mark.parametrize("what", [*PAGES, *OTHERS])
def test_it_touches_few_rows_of_any_table(much, db, what):
    statement, values = {**PAGES, **OTHERS}[what]
    explained = text(f"explain (analyze, format json) {statement.text}")
    plan = db.read(explained, **values)[0][0][0]["Plan"]
    for node in nodes(plan):
        if "Relation Name" in node:
            touched = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            assert touched * node["Actual Loops"] <= 1000, (node["Relation Name"], node)
