"""Rows that wait in an outbox are such as the relay publishes."""

from contextlib import closing

from sakina_bench import absence
from sakina_bench.arrivals import until
from sakina_bench.lag import NEW_SESSION
from sakina_bench.person import Person
from sakina_local.system import System
from sakina_local.testing import Database

PATIENCE_SECONDS = 20


def test_events_that_wait_are_published_and_recorded(system: System, postgres: Database) -> None:
    path, body = NEW_SESSION
    Person(system.url).post(path, **body or {})
    with closing(postgres.connect()) as database, database.cursor() as cursor:

        def count(asked: str) -> int:
            cursor.execute(asked)
            return int((cursor.fetchone() or (0,))[0])

        assert until(lambda: count("select count(*) from practice.published"), PATIENCE_SECONDS)
        cursor.execute(absence._WAITING, (3,))
        assert until(lambda: not count(absence._LEFT), PATIENCE_SECONDS)
        recorded = (
            "select count(*) from notify.activity where person_id between 1000000001 and 1000000003"
        )
        assert until(lambda: count(recorded) == 3, PATIENCE_SECONDS)
