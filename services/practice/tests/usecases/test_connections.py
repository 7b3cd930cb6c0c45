from operator import methodcaller

import pytest

pytestmark = pytest.mark.usefixtures("noon")
READS = {
    "list": methodcaller("sessions"),
    "session": lambda asker: asker.session(asker.sessions()["results"][0]["id"]),
    "leaderboard": methodcaller("leaderboard"),
    "stats": methodcaller("stats"),
    "week": methodcaller("week"),
}


@pytest.mark.parametrize("name", READS)
def test_a_read_outlives_its_connection(person, query, name):
    layla = person(7)
    layla.log()
    ask = READS[name]
    before = ask(layla)
    query(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where usename = 'practice_app' and datname = current_database()"
    )
    assert ask(layla) == before
