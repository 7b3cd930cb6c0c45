"""Page one is an index read, however much there is."""

from typing import Any

import pytest
from sqlalchemy import create_engine, text

from chassis.data.database import Database
from notify.store import notifications

MANY = 30_000


@pytest.fixture(scope="module")
def a_reader_of_many(migrated: Any, db: Database) -> int:
    """A person with 30,000 notifications, a tenth of them unread."""
    reader = 10**9
    with db.transaction() as tx:
        tx.execute(text("set local statement_timeout = 0"))
        tx.execute(
            text("insert into person (id, total, unread) values (:id, :many, :many / 10)"),
            {"id": reader, "many": MANY},
        )
        tx.execute(
            text(
                """
                insert into notification
                    (person_id, event_id, created_at, read_at, kind, khatma_id, khatma_name, facts)
                select :id, gen_random_uuid(), now() - n * interval '1 minute',
                       case when n % 10 > 0 then now() end,
                       'khatma_completed', n, 'Ramadan', '{}'
                from generate_series(0, :many - 1) as n
                """
            ),
            {"id": reader, "many": MANY},
        )
    owner = create_engine(migrated.owner_url("notify"), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("analyze notification, person"))
    owner.dispose()
    return reader


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (notifications._NEWEST, "notification_newest"),
        (notifications._NEWEST_UNREAD, "notification_unread"),
    ],
)
def test_the_first_page_reads_its_index_and_little_else(
    db: Database, a_reader_of_many: int, statement: Any, index: str
) -> None:
    plan = db.read(
        text(f"explain (analyze, buffers, format json) {statement.text}"),
        person=a_reader_of_many,
        limit=20,
        offset=0,
    )[0][0]
    nodes = list(walk(plan[0]["Plan"]))
    assert index in {node.get("Index Name") for node in nodes}
    touched = [n["Actual Rows"] for n in nodes if n.get("Relation Name") == "notification"]
    assert touched == [20]


def test_a_page_past_the_end_reads_no_notification(db: Database, a_reader_of_many: int) -> None:
    plan = db.read(
        text(f"explain (analyze, format json) {notifications._NEWEST.text}"),
        person=a_reader_of_many,
        limit=100,
        offset=10**9,
    )[0][0]
    read = [
        node
        for node in walk(plan[0]["Plan"])
        if node.get("Relation Name") == "notification" and node["Actual Loops"]
    ]
    assert read == []


def walk(node: dict[str, Any]) -> Any:
    yield node
    for child in node.get("Plans", []):
        yield from walk(child)
