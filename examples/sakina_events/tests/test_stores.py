"""What replay and share rely on, of each store."""

from contextlib import closing

import psycopg2
import pytest
from postgres_store import PostgresStore

from sakina_events import Place, SqliteStore


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def opened(request, tmp_path, postgres):
    """Open the same store once more, by a name."""
    if request.param == "SQLite":
        return lambda name="one": SqliteStore(tmp_path / "kept.db", name)
    dsn = postgres.admin_url.replace("+psycopg2", "")
    with closing(psycopg2.connect(dsn)) as admin, admin, admin.cursor() as cursor:
        cursor.execute("drop table if exists sakina_place, sakina_applied")
    return lambda name="one": PostgresStore(dsn, name)


def test_a_place_is_there_once_it_was_committed(opened):
    store = opened()
    assert store.place() is None
    with store.transaction() as hands:
        store.move(hands, Place(4, "a"))
    with store.transaction() as hands:
        store.move(hands, Place(2**40, "b"))
    assert store.place() == opened().place() == Place(2**40, "b")


def test_what_raises_leaves_nothing(opened):
    store = opened()
    with pytest.raises(ArithmeticError), store.transaction() as hands:
        assert store.first_time(hands, "a")
        store.move(hands, Place(4, "a"))
        raise ArithmeticError
    assert store.place() is None
    with store.transaction() as hands:
        assert store.first_time(hands, "a")


def test_an_event_is_new_once_for_each_consumer_of_the_database(opened):
    one, other = opened("one"), opened("other")
    with one.transaction() as hands:
        assert one.first_time(hands, "a")
        assert not one.first_time(hands, "a")
        one.move(hands, Place(1, "a"))
    with other.transaction() as hands:
        assert other.first_time(hands, "a")
    again = opened("one")
    with again.transaction() as hands:
        assert not again.first_time(hands, "a")
    assert other.place() is None


def test_sqlite_forgets_what_no_stream_holds_any_more(tmp_path):
    store = SqliteStore(tmp_path / "kept.db")
    with store.transaction() as hands:
        store.first_time(hands, "old")
        store.first_time(hands, "new")
        hands.execute("update sakina_applied set at = at - 32 * 24 * 3600 where event_id = 'old'")
    again = SqliteStore(tmp_path / "kept.db")
    with again.transaction() as hands:
        assert again.first_time(hands, "old")
        assert not again.first_time(hands, "new")
