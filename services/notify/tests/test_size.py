"""Lists, and what is marked read, are found by an index, however much there is."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.data.database import Database
from contracts.notify import methods
from contracts.refusals import NotFound
from notify.store import khatmas, lists, people

Make = Callable[..., Any]
MANY = 30_000
READER = 10**9


@pytest.fixture(scope="module")
def a_reader_of_many(connection: Any) -> int:
    """A person with 30,000 notifications, a tenth of them unread, among many with a few."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            insert into person (id, total, unread) values ({READER}, {MANY}, {MANY} / 10);
            insert into person (id, total, unread)
                select {READER} + n, 25, 25 from generate_series(1, 2000) as n;
            insert into notification
                (person_id, event_id, created_at, read_at, kind, khatma_id, khatma_name, facts)
                select {READER}, gen_random_uuid(), now() - n * interval '1 minute',
                       case when n % 10 > 0 then now() end,
                       'khatma_completed', n, 'Ramadan', jsonb '{{}}'
                from generate_series(1, {MANY}) as n
                union all
                select {READER} + person, gen_random_uuid(), now() - n * interval '1 hour', null,
                       'khatma_completed', n, 'Ramadan', jsonb '{{}}'
                from generate_series(1, 2000) as person, generate_series(1, 25) as n;
            analyze notification, person
            """
        )
    return READER


@pytest.fixture
def reads(connection: Any, plans: Make) -> Callable[[Callable[[], Any]], dict[str, float]]:
    """Rows of notifications that a question reads, by where it finds them; never the whole table's.

    People are found by their key alone.
    """

    def reads(question: Callable[[], Any]) -> dict[str, float]:
        nodes = [node for node in plans(connection, question) if node["Actual Loops"]]
        whole = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
        # The record and deliveries have but a few rows here; they have tests of their own.
        assert whole <= {"activity", "farewell", "member", "delivery"}
        return {
            node["Index Name"]: node["Actual Rows"] * node["Actual Loops"]
            for node in nodes
            if node.get("Index Name", "").startswith("notification")
        }

    return reads


@pytest.mark.parametrize(
    ("unread", "index"), [(False, "notification_newest"), (True, "notification_unread")]
)
def test_a_page_reads_its_own_rows_of_its_index(
    reads: Make, ask: Make, a_reader_of_many: int, unread: bool, index: str
) -> None:
    found = reads(lambda: ask(methods.LIST, by=a_reader_of_many, unread=unread))
    assert found == {index: 20}
    later = reads(lambda: ask(methods.LIST, by=a_reader_of_many, unread=unread, page=3))
    assert later == {index: 60}


def test_a_page_past_the_end_reads_no_notification(
    reads: Make, ask: Make, a_reader_of_many: int
) -> None:
    def question() -> None:
        with pytest.raises(NotFound):
            ask(methods.LIST, by=a_reader_of_many, page=10_000_000, page_size=100)

    assert reads(question) == {}


def test_how_many_are_unread_is_read_from_one_row(
    reads: Make, ask: Make, a_reader_of_many: int
) -> None:
    assert reads(lambda: ask(methods.UNREAD, by=a_reader_of_many)) == {}


def test_what_is_marked_withdrawn_or_erased_is_found_by_index(
    reads: Make, db: Database, a_reader_of_many: int
) -> None:
    """The one plan of each statement holds for who has few as for who has many."""
    now = datetime(2026, 3, 1, tzinfo=UTC)

    def write() -> None:
        for person in (a_reader_of_many, a_reader_of_many + 1):
            with db.transaction() as tx:
                lists.mark_newest_read(tx, person, now, 10)
                lists.mark_read(tx, person, 1, now)
        with db.transaction() as tx:
            khatmas.withdraw(tx, khatma=7, after=0, batch=100)
        for statement in people.ERASE:
            db.reader.ask(statement, person=a_reader_of_many + 2, batch=10)

    assert set(reads(write)) <= {
        "notification_pkey",
        "notification_newest",
        "notification_unread",
        "notification_open_invitation",
    }
