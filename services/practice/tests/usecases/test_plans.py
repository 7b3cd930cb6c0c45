"""What is asked most is read by an index, and costs what the answer holds, not what there is."""

from collections import Counter

import pytest

from contracts.refusals import NotFound

pytestmark = pytest.mark.usefixtures("noon")
ASKER = 50
OWN_DAYS = 25
SINCE = 6


@pytest.fixture
def crowd(db, connection):
    """Four hundred people with a session on each of the last 25 days."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            insert into person
                select n, 'reader-' || n, 'UTC', 0, 1 from generate_series(1, 400) as n;
            insert into session
                (person, meditation_type, duration, notes, date, created_at, updated_at)
                select person, (array['mantra', 'breathing', 'other'])[1 + n % 3],
                    1 + n * person % 60, '', date '2026-03-01' - n, now(), now()
                from generate_series(1, 25) as n, generate_series(1, 400) as person;
            insert into total
                select person, 'all', '2000-01-01', sum(duration), count(*), now()
                from session group by person
                union all
                select person, 'day', date, sum(duration), count(*), now()
                from session group by person, date;
            insert into type_total
                select person, meditation_type, sum(duration), count(*)
                from session group by 1, 2;
            analyze person, session, total, type_total
            """
        )


@pytest.fixture
def hidden(person, crowd, connection):
    """Two thousand sessions that the asker has cleared, half before the days of the rest, and more
    since."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            insert into session
                (person, meditation_type, duration, notes, date, created_at, updated_at)
                select %(asker)s, 'mantra', 1 + n %% 60, '', date '2026-03-01' - n %% 200,
                    now(), now()
                from generate_series(1, 2000) as n;
            analyze session
            """,
            {"asker": ASKER},
        )
    asker = person(ASKER)
    asker.clear()
    for minutes in range(1, SINCE + 1):
        asker.log(minutes, meditation_type="mantra", date="2026-02-01")


@pytest.fixture
def reads(person, crowd, connection, plans):
    """Return how the tables of sessions and totals are read to answer a question."""

    def reads(question):
        found = plans(connection, lambda: question(person(ASKER)))
        # What moved since the last fold is read whole: it is all but empty.
        others = {None, "person", "standing_move"}
        own = [node for node in found if node.get("Relation Name") not in others]
        assert own
        assert {node["Node Type"] for node in own} <= {
            "Index Scan",
            "Index Only Scan",
            "Bitmap Heap Scan",
        }
        return [
            (
                node.get("Index Name", node["Relation Name"]),
                node["Actual Loops"]
                * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)),
            )
            for node in own
        ]

    return reads


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({}, "session_pkey"),
        ({"ordering": "date"}, "session_date"),
        ({"ordering": "-date"}, "session_date_down"),
        ({"ordering": "duration"}, "session_duration"),
        ({"ordering": "-duration"}, "session_duration_down"),
        ({"meditation_type": "mantra"}, "session_type"),
    ],
)
def test_a_page_reads_its_own_rows_and_one_total(reads, asked, index):
    found = Counter()
    for read, rows in reads(lambda asker: asker.sessions(**asked, page_size=5)):
        found[read] += rows
    assert found.pop(index) == 5
    assert found.pop("cleared_pkey") == 0
    # Nor anything that was logged since a clearing, where none waits to be swept.
    assert set(+found) <= {"total_pkey", "type_total_pkey"}
    assert sum(found.values()) == 1


@pytest.mark.parametrize(
    "asked",
    [
        *({"ordering": order} for order in (None, "date", "-date", "duration", "-duration")),
        {"meditation_type": "mantra"},
        {"meditation_type": "mantra", "ordering": "-duration"},
        {"first_day": "2026-01-01"},
        {"first_day": "2026-01-01", "ordering": "date"},
        {"meditation_type": "mantra", "first_day": "2026-01-01"},
    ],
    ids=str,
)
def test_what_was_cleared_and_waits_to_be_swept_is_not_walked_over(reads, hidden, asked):
    listing = {name: value for name, value in asked.items() if value}
    found = reads(lambda asker: asker.sessions(**listing, page_size=5))
    own = sum(rows for read, rows in found if read.startswith("session"))
    assert 5 <= own <= SINCE
    # The cleared row is looked up by each part of the statement; the days since are counted.
    assert sum(rows for _, rows in found) - own <= 6


def test_a_page_past_the_end_reads_no_session(reads):
    def question(asker):
        with pytest.raises(NotFound):
            asker.sessions(page=4, ordering="duration")

    assert sum(rows for _, rows in reads(question)) == 1


def test_the_board_reads_its_first_rows_and_nobody_else_above(reads, service):
    service.fold_standings()
    found = Counter()
    for read, rows in reads(lambda asker: asker.leaderboard(limit=10)):
        found[read] += rows
    assert found.pop("standing_pkey") <= 5 * 31
    assert +found == {"total_board": 10, "total_pkey": 1}


def test_figures_read_the_askers_own_rows(reads):
    assert sum(rows for _, rows in reads(lambda asker: asker.stats())) <= 3 * OWN_DAYS
    assert sum(rows for _, rows in reads(lambda asker: asker.week())) <= 2
