"""One's own rank: exact at any moment, and as cheap among a million people as among a thousand."""

import importlib
from random import Random

import eventlet
import psycopg2
import pytest

from contracts.refusals import NotFound

pytestmark = pytest.mark.usefixtures("noon")
WINDOWS = ("all", "month", "week", "day")
MOST_OF_A_LEVEL = 31
LEVELS = 5
COUNTED = """
    select period, starts, level, minutes >> (5 * level), count(*)
    from total, generate_series(0, 4) as level group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""
KEPT = "select * from standing order by 1, 2, 3, 4"

migration = importlib.import_module("practice.migrations.versions.0004_standings")


@pytest.fixture
def ranked(person, query):
    """Check that everybody's rank is one more than the people with more minutes."""

    def ranked(*keys):
        for key in keys:
            for window in WINDOWS:
                board = person(key).leaderboard(window=window, limit=1)
                if (mine := board["me"]) is None:
                    continue
                ((above,),) = query(
                    """
                    select count(*) from total where period = %s
                        and starts = coalesce(%s, date '2000-01-01') and minutes > %s
                    """,
                    window,
                    board["starts"],
                    mine["total_minutes"],
                )
                assert mine["rank"] == above + 1

    return ranked


@pytest.fixture
def filled(query):
    """Have so many people with totals of all time, from a minute up to thousands."""

    def filled(people):
        query(
            """
            insert into person select n, 'reader-' || n, 'UTC', 0, 1
                from generate_series(1, %s) as n;
            insert into total select n, 'all', '2000-01-01', 1 + n * 7919 %% 50021, 1, now()
                from generate_series(1, %s) as n
            """,
            people,
            people,
        )

    return filled


def test_a_rank_is_exact_whatever_happened_and_whatever_is_folded(person, service, query, ranked):
    random = Random(31)
    keys = range(1, 7)
    sessions = []
    for _ in range(60):
        key = random.choice(keys)
        act = random.random()
        try:
            if act < 0.5 or not sessions:
                day = random.choice(["2026-03-01", "2026-02-28", "2026-02-10"])
                minutes = random.choice([1, 10, 10, 31, 32, 33, 600, 1024, 1440])
                sessions.append((key, person(key).log(minutes, date=day)["id"]))
            elif act < 0.75:
                key, session = random.choice(sessions)
                person(key).change(session, duration=random.choice([1, 32, 64, 1440]))
            elif act < 0.95:
                key, session = sessions.pop(random.randrange(len(sessions)))
                person(key).delete(session)
            else:
                person(key).clear()
        except NotFound:
            pass  # It was cleared before.
        if random.random() < 0.3:
            service.fold_standings()
        ranked(*random.sample(keys, 2))
    service.fold_standings()
    ranked(*keys)
    assert query("select count(*) from standing_move") == [(0,)]
    assert query(KEPT) == query(COUNTED)


def test_who_has_the_same_minutes_has_the_same_rank(person, service):
    for key, minutes in ((1, 64), (2, 64), (3, 65), (4, 63)):
        person(key).log(minutes)
    for _ in ("before", "after"):
        assert [person(key).leaderboard()["me"]["rank"] for key in (1, 2, 3, 4)] == [2, 2, 1, 4]
        service.fold_standings()


def test_an_erased_person_is_not_counted(person, service, deleted):
    person(1).log(100)
    person(2).log(10)
    service.fold_standings()
    deleted(1)
    assert person(2).leaderboard()["me"]["rank"] == 1


@pytest.mark.parametrize("people", [1_000, 30_000])
def test_the_last_of_many_reads_as_few_rows_as_the_last_of_few(
    people, person, filled, service, connection, query, plans
):
    filled(people)
    service.fold_standings()
    query("analyze total; analyze standing")
    ((last,),) = query("select person from total order by minutes limit 1")
    found = plans(connection, lambda: person(last).leaderboard(limit=10))
    read = sum(
        node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for node in found
        if node.get("Relation Name") in {"total", "standing", "standing_move"}
    )
    assert person(last).leaderboard(limit=10)["me"]["rank"] == people
    assert read <= 10 + 1 + LEVELS * MOST_OF_A_LEVEL


def test_no_writer_waits_for_another_nor_for_what_is_folded(person, service, migrated):
    for key in (1, 2):
        person(key).log(10)
    service.fold_standings()
    other = psycopg2.connect(migrated.owner_url("practice").replace("+psycopg2", ""))
    with other, other.cursor() as cursor:
        cursor.execute("update practice.total set minutes = minutes + 1 where person = 1")
        with eventlet.Timeout(10):
            person(2).log(10)
            service.fold_standings()
        assert person(2).leaderboard()["me"]["rank"] == 1
    other.close()
    assert person(1).leaderboard()["me"] == {"rank": 2, "total_minutes": 11, "sessions": 1}
    person(1).log(20)
    assert person(2).leaderboard()["me"]["rank"] == 2


def test_a_release_that_knows_nothing_of_it_keeps_it_exact(person, query, ranked):
    person(1).log(10)
    query("insert into total values (2, 'all', '2000-01-01', 50, 1, now())")
    query("update total set minutes = minutes * 2 where person = 2")
    ranked(1)
    query("delete from total where person = 2")
    ranked(1)


def test_an_upgrade_counts_who_was_there_before(db, connection, filled, query):
    filled(500)
    with connection.cursor() as cursor:
        cursor.execute("begin")
        try:
            cursor.execute("drop table standing, standing_move")
            cursor.execute("drop function total_came, total_moved, total_went cascade")
            for statement in migration.STATEMENTS:
                cursor.execute(statement)
            assert query(KEPT) == query(COUNTED)
        finally:
            cursor.execute("rollback")
