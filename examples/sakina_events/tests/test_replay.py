"""Every event takes effect once and in order, whatever happens in between."""

from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from conftest import Enough, event, raises

from sakina_events import SqliteStore, replay


class Book:
    """A consumer's database, of which only what was committed counts."""

    def __init__(self, path, until):
        self.path = path
        self.until = until
        self.failing = set()

    def replay(self, url, since="first", **options):
        def go():
            store = _Watched(self)
            store.connection.execute("create table if not exists noted (number integer)")

            def note(event, database):
                if event.data["number"] in self.failing:
                    raise ArithmeticError("the handler has a fault")
                database.execute("insert into noted values (?)", (event.data["number"],))

            replay(url, since, store, note, **options)

        return go

    def numbers(self):
        with closing(SqliteStore(self.path).connection) as connection:
            return [row[0] for row in connection.execute("select number from noted order by rowid")]


class _Watched(SqliteStore):
    """A store that ends the replay once what was committed is what the test waits for."""

    def __init__(self, book):
        super().__init__(book.path)
        self._book = book

    @contextmanager
    def transaction(self):
        with super().transaction() as hands:
            yield hands
        if self._book.numbers() == self._book.until:
            raise Enough


@pytest.fixture
def book(tmp_path):
    return lambda until: Book(tmp_path / "book.db", until)


def test_all_that_was_and_all_that_comes_is_applied_in_order(consumer, book):
    consumer.announce(*range(300))
    noted = book(list(range(300)))
    raises(Enough, noted.replay(consumer.url))
    consumer.announce(*range(300, 310))
    noted.until = list(range(310))
    raises(Enough, noted.replay(consumer.url))


def test_the_place_is_kept_with_the_effect(consumer, book):
    consumer.announce(*range(5))
    noted = book(list(range(5)))
    raises(Enough, noted.replay(consumer.url))
    assert SqliteStore(noted.path).place().offset == 4


def test_a_repeat_is_applied_once(consumer, book):
    consumer.announce(1, 2, 1, 2, 3, 1)
    noted = book([1, 2, 3])
    raises(Enough, noted.replay(consumer.url))
    consumer.announce(2, 3, 4)
    noted.until = [1, 2, 3, 4]
    raises(Enough, noted.replay(consumer.url))


def test_what_a_handler_could_not_do_is_undone_and_comes_again(consumer, book):
    consumer.announce(1, 2, 3)
    noted = book([1, 2, 3])
    noted.failing = {2}
    raises(ArithmeticError, noted.replay(consumer.url))
    assert 2 not in noted.numbers()
    noted.failing = set()
    raises(Enough, noted.replay(consumer.url))


def test_a_stream_that_was_made_anew_is_read_from_its_first_event(consumer, book):
    """Also what its place would pass over, and nothing of before a second time."""
    consumer.announce(*range(5))
    noted = book(list(range(5)))
    raises(Enough, noted.replay(consumer.url))
    consumer.make_anew()
    consumer.announce(3, 4, 5)  # fewer than before: the place is beyond the end
    noted.until = [0, 1, 2, 3, 4, 5]
    raises(Enough, noted.replay(consumer.url))
    consumer.make_anew()
    consumer.announce(*range(6, 16))  # more than before: another event is at the place
    noted.until = list(range(16))
    raises(Enough, noted.replay(consumer.url))


def test_it_begins_at_the_moment_that_is_said(consumer, book):
    began = datetime.now(UTC)
    consumer.announce(1, time=(began - timedelta(minutes=5)).isoformat())
    consumer.announce(2, 3)
    noted = book([2, 3])
    raises(Enough, noted.replay(consumer.url, began))


WEST, EAST = (timezone(timedelta(hours=hours)) for hours in (-23, 23))


@pytest.mark.parametrize(
    ("since", "why"),
    [
        (datetime(2026, 11, 27, 10), "time zone"),
        ("2026-11-27T10:00:00Z", "fromisoformat"),
        ("yesterday", "'first'"),
        ("latest", "'next'"),
        ("last", "'next'"),
        ("First", "'first'"),
        ("7D", "'first'"),
        ("", "'first'"),
        (None, "'first'"),
        (5, "'first'"),
        (True, "'first'"),
        (1764237600.5, "'first'"),
        (date(2026, 11, 27), "time zone"),
        (["first"], "'first'"),
        (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), "1970"),
        (datetime(1970, 1, 1, tzinfo=EAST), "1970"),
        (datetime.min.replace(tzinfo=EAST), "1970"),
        (datetime.max.replace(tzinfo=WEST), "9999"),
    ],
)
def test_what_is_no_place_to_begin_is_refused_at_once(since, why, tmp_path):
    """Whatever the store says, and before the broker is asked: it would not take it, ever."""
    nobody = "amqp://name:password@127.0.0.1:1/sakina"
    book = tmp_path / "book.db"
    said = raises(ValueError, lambda: replay(nobody, since, SqliteStore(book), print), seconds=5)
    assert why in said


@pytest.mark.parametrize(
    "since",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 30, tzinfo=timezone(timedelta(hours=-3))),
    ],
)
def test_a_moment_may_be_as_old_as_the_clock(consumer, book, since):
    consumer.announce(1, 2)
    raises(Enough, book([1, 2]).replay(consumer.url, since))


def test_a_topic_that_no_type_could_meet_is_refused_at_once(book):
    nobody = "amqp://name:password@127.0.0.1:1/sakina"
    replaying = book([]).replay(nobody, topics="khatma.*")
    assert "meets no event" in raises(ValueError, replaying)


def test_only_the_topics_that_were_asked_for(consumer, book):
    consumer.announce(1)
    consumer.announce(2, kind="khatma.done.v1")
    consumer.announce(3, kind="khatma.done.v2")
    noted = book([1, 3])
    raises(Enough, noted.replay(consumer.url, topics="*.noted.# khatma.*.v2"))


def test_what_is_no_event_is_stepped_over(consumer, book):
    well = b"[" * 20_000
    consumer.publish(b"not JSON", b"{}", b"[]", b"null", b'{"id": 5}', b"", well, event(1))
    raises(Enough, book([1]).replay(consumer.url))
