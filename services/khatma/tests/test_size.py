"""Lists, one's own figures and a khatma's read a few rows by an index, however much there is.

Looked at as they are really carried out: by the plans that hold for all values.
"""

from operator import methodcaller

import pytest

from contracts.khatma import methods
from contracts.rpc import Actor

MANY = 30_000
READER, OTHER, FIRST = 10**9, 10**9 + 1, 10**9
FILL = (
    """
    insert into khatma (id, name, description, khatma_type, target_days, is_public, creator_id,
        created_at, starts_on, completed_at, open_parts, done_parts, member_count, words)
        overriding system value
    select %(first)s + n, 'k', '', 'group', 30, true, %(other)s, now(), current_date,
           case when n %% 10 = 0 then now() end, case when n %% 10 = 0 then 0 else 28 end,
           case when n %% 10 = 0 then 30 else 0 end, 2,
           array_to_tsvector(array['kk', 'rare' || n %% 10000 || 'x'])
    from generate_series(1, %(many)s) as n
    """,
    "insert into member select id, %(reader)s, now(), id %% 10 = 0 from khatma "
    "where id > %(first)s and id %% 2 = 0",
    # Others are members of few; so what is reckoned for anybody is few, too.
    "insert into member select id, id + 1, now(), id %% 10 = 0 from khatma where id > %(first)s",
    "insert into intention select khatma_id, person_id, array['for all'] from member "
    "where khatma_id > %(first)s",
    "insert into person "
    "select %(reader)s + n, 'u', '', 'UTC', 0, 0 from generate_series(0, %(many)s) n",
    "insert into part select id, 1, %(reader)s, now(), null from khatma "
    "where id > %(first)s and id %% 2 = 0",
    "insert into part select id, 2, id + 1, now(), now() from khatma where id > %(first)s",
    """
    insert into reading
        (person_id, khatma_id, number, is_completed, reading_date, notes, created_at)
    select %(reader)s, %(first)s + 1 + n / 30, n %% 30 + 1, true, current_date - n %% 3000, '',
           now()
    from generate_series(1, %(many)s) as n
    """,
    "insert into reader_day "
    "select %(reader)s, current_date - n, 10 from generate_series(0, 2999) n",
    "insert into reader_day select id, current_date, 1 from person where id > %(reader)s",
    "insert into streak "
    "select id, current_date - 2999, current_date from person where id >= %(reader)s",
    "insert into reader select id, 2, 2, 60, 1, 0 from person where id >= %(reader)s",
    "insert into khatma_day select %(first)s + 2, current_date - n, 1, 1 "
    "from generate_series(0, 2999) n",
    "insert into khatma_day select id, current_date, 1, 1 from khatma where id > %(first)s + 2",
    "insert into invitation select id, %(reader)s, now() from khatma "
    "where id > %(first)s and id %% 3 = 0",
    "insert into achievement (person_id, achievement, earned_at) "
    "select id, 'streak_7', now() from person where id >= %(reader)s",
)
TABLES = "khatma, member, part, invitation, reading, khatma_day, reader, reader_day, streak"


@pytest.fixture(scope="module")
def much(connection):
    values = {"many": MANY, "reader": READER, "other": OTHER, "first": FIRST}
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # or every row is checked alone
        for statement in FILL:
            cursor.execute(statement, values)
        cursor.execute("reset session_replication_role")
        cursor.execute("vacuum analyze")
        yield
        cursor.execute(f"truncate {TABLES}, person, achievement cascade")
        cursor.execute("analyze")


@pytest.fixture
def reader(world):
    reader = world.person()
    reader.actor = Actor(id=READER, session="s", username="u")
    world.time = world.time.now(world.time.tzinfo)
    return reader


QUESTIONS = {
    **{
        which: methodcaller("khatmas", which)
        for which in ("my_khatmas", "public", "joinable", "completed")
    },
    **{
        f"a page of {which}": methodcaller("page", which)
        for which in ("my_khatmas", "public", "joinable", "completed")
    },
    "the last page": methodcaller("page", "public", page=50),
    "oldest first": methodcaller("page", "joinable", ordering="created_at"),
    "by name": methodcaller("page", "joinable", ordering="name"),
    "by progress": methodcaller("page", "public", ordering="-completion_percentage"),
    "public and completed": methodcaller("khatmas", "public", status="completed"),
    "public and active": methodcaller("page", "public", status="active"),
    "invited only": methodcaller("page", "joinable", is_public=False),
    "own and private": methodcaller("khatmas", khatma_type="private"),
    "own, by name": methodcaller("page", ordering="name", khatma_type="group"),
    "searched": methodcaller("page", "public", search="nowhere"),
    "own, searched": methodcaller("khatmas", search="nowhere"),
    "parts": methodcaller("parts", FIRST + 2),
    "own parts": methodcaller("parts", FIRST + 2, user="me"),
    "further on": methodcaller("khatmas", "joinable", FIRST + 5000),
    "readings": methodcaller("readings"),
    "readings of a khatma": methodcaller("readings", khatma=FIRST + 7),
    "own figures": methodcaller("stats"),
    "dashboard": methodcaller("dashboard"),
    "achievements": methodcaller("achievements"),
    "a khatma's figures": methodcaller("khatma_stats", FIRST + 2),
    "one": methodcaller("get", FIRST + 2),
    "completed, in full": methodcaller("completed"),
    "homepage": methodcaller("homepage"),
    "figures of a companion": methodcaller("ask", methods.STATS_OF, id=FIRST + 3),
    "achievements of a companion": methodcaller("ask", methods.ACHIEVEMENTS_OF, id=FIRST + 3),
    "public, a word of all": methodcaller("khatmas", "public", search="kk"),
    "joinable, a word of few": methodcaller("page", "joinable", search="rare77x"),
    "public, oldest first, a word of few": methodcaller(
        "page", "public", search="rare77x", ordering="created_at"
    ),
    "members": methodcaller("members", FIRST + 2),
}
COMMANDS = {
    "join": methodcaller("join", FIRST + 1),
    "read": methodcaller("log", FIRST + 4, 1, done=False),
    "choose": methodcaller("log", FIRST + 8, 3, done=False),
    "finish": methodcaller("log", FIRST + 4, 1),
    "take back": methodcaller("log", FIRST + 4, 1, done=False),
    "leave": methodcaller("leave", FIRST + 4),
}
# Those of everybody's are counted to the 1,000th, and this reader is in every other one.
PAGES = {
    *("a page of joinable", "oldest first", "by name", "invited only"),
    "joinable, a word of few",
}
BY_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_reads_few_rows_of_each_table_by_an_index(much, reader, connection, plans, name):
    found = plans(connection, lambda: QUESTIONS[name](reader))
    read = [node for node in found if "Relation Name" in node]
    assert read
    for node in read:
        assert node["Node Type"] in BY_INDEX, node
        touched = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        assert touched * node["Actual Loops"] <= (2200 if name in PAGES else 1000), node


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_finds_its_rows_by_an_index(much, reader, connection, plans, name):
    found = plans(connection, lambda: COMMANDS[name](reader), analyze=False)
    read = [node for node in found if node.get("Relation Name") in TABLES.split(", ")]
    assert [node for node in read if node["Node Type"] == "Seq Scan"] == []
