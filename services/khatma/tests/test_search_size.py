"""A search among a hundred thousand khatmas reads an index and a bounded number of rows."""

import pytest

from contracts.khatma import methods
from contracts.rpc import Actor
from khatma.store.search import FOUND, NEWEST, unread

MANY = 100_000
READER, FIRST = 2 * 10**9, 2 * 10**9
FILL = (
    """
    insert into khatma (id, name, description, khatma_type, target_days, is_public, creator_id,
        created_at, starts_on, open_parts, done_parts, member_count, words)
    overriding system value
    select %(first)s + n, 'k', '', 'group', 30, true, %(reader)s + n %% 1000, now(), current_date,
           28, 0, 2,
           array_to_tsvector(array['ختمه', 'رمضان', 'mid' || n %% 100, 'rare' || n %% 30000 || 'x'])
    from generate_series(1, %(many)s) as n
    """,
    "insert into member select id, %(reader)s, now(), false from khatma "
    "where id > %(first)s and id %% 2 = 0",
    "insert into member select id, id + 1, now(), false from khatma where id > %(first)s",
    "insert into part select id, 1, creator_id, now(), null from khatma where id > %(first)s",
    "insert into person "
    "select %(reader)s + n, 'u', '', 'UTC', 0, 0 from generate_series(0, 1000) n",
)


@pytest.fixture(scope="module")
def much(connection):
    values = {"many": MANY, "reader": READER, "first": FIRST}
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # or every row is checked alone
        for statement in FILL:
            cursor.execute(statement, values)
        cursor.execute("reset session_replication_role")
        cursor.execute("vacuum analyze khatma, member, part, person")
        yield
        cursor.execute("truncate khatma, member, part, person cascade")
        cursor.execute("analyze")


@pytest.fixture
def seeker(world):
    seeker = world.person()
    seeker.actor = Actor(id=READER, session="s", username="u")
    return seeker


# What is asked, and how many are found.
QUESTIONS = {
    "ختمة رمضان": 20,  # in each
    "ختمة mid7": 20,
    "ختمة rare77x": 4,
    "mid98 rare98x": 0,  # in none of another's
    "rare7": 20,  # begins a word of many
    "ختمة elsewhere": 0,
    "ra": 20,
}
BY_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}


@pytest.mark.parametrize("q", QUESTIONS)
def test_a_search_reads_few_rows_by_an_index(much, seeker, connection, plans, q):
    answers = []
    nodes = plans(connection, lambda: answers.extend(seeker.ask(methods.SEARCH, q=q)))
    assert len(answers) == QUESTIONS[q]
    read = [node for node in nodes if "Relation Name" in node]
    assert read
    for node in read:
        assert node["Node Type"] in BY_INDEX, node
        touched = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        touched += node.get("Rows Removed by Index Recheck", 0)
        assert touched * node["Actual Loops"] <= max(NEWEST, FOUND), node


def test_who_looks_for_what_is_to_be_read_reads_nothing_else(much, world, connection, plans):
    nodes = plans(connection, lambda: world.db.transact(lambda tx: unread(tx, 200)))
    read = [node for node in nodes if node.get("Relation Name") == "khatma"]
    assert read
    assert all(node["Node Type"] in BY_INDEX for node in read), read
