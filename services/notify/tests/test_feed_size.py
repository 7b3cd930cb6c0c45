"""The feed and what keeps it read their own rows of an index, however much there is."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.data.database import Database
from chassis.testing import envelope, made
from contracts.notify import methods
from contracts.practice.events import SESSION_LOGGED
from notify.store import activity, people
from notify.store import record as store

Make = Callable[..., Any]
MANY = 30_000
READER = 2 * 10**9
FILLERS = READER + 10**6
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
KHATMAS = 4


@pytest.fixture(scope="module")
def a_long_record(connection: Any) -> Iterator[int]:
    """A person with 10,000 events of their own, in 4 khatmas with 1,000 each, among 30,000.

    In each thousand of their own, one is of another type.
    """
    with connection.cursor() as cursor:
        cursor.execute("select position from recorder")
        (begun,) = cursor.fetchone()
        cursor.execute(
            f"""
            insert into activity
                (position, event_id, person_id, khatma_id, type, recorded_at, event)
                select {begun} + n, gen_random_uuid(),
                       case when n %% 15 < 5 then {READER} when n %% 15 < 13 then {FILLERS} + n end,
                       case when n %% 15 >= 13 then {READER} + n %% 4 end,
                       case when n %% 3000 = 3 then 'practice.sessions_cleared.v1'
                            else 'practice.session_logged.v1' end,
                       now(), %(event)s
                from generate_series(1, {MANY}) as n;
            update recorder set position = {begun + MANY};
            insert into member (khatma_id, person_id, is_in, sequence, changed_at)
                select {READER} + khatma, {READER} + person, true, 1, now()
                from generate_series(0, {KHATMAS} - 1) as khatma, generate_series(0, 9) as person
                union all
                select {FILLERS} + n, {FILLERS} + n, true, 1, now()
                from generate_series(1, 5000) as n;
            insert into farewell
                select {begun} + n, {READER} + n %% 100 from generate_series(1, 5000) as n;
            analyze activity, member, farewell, recorder
            """,
            {"event": envelope(made(SESSION_LOGGED, READER)).model_dump_json()},
        )
    yield READER
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            delete from activity where position > {begun};
            delete from member where person_id >= {READER};
            delete from farewell where person_id >= {READER};
            analyze activity, member, farewell
            """
        )


@pytest.fixture
def reads(connection: Any, plans: Make) -> Callable[..., dict[str, float]]:
    """Rows that a question reads, by the index where it finds them; never a whole table's."""

    def reads(question: Callable[[], Any], *, analyze: bool = True) -> dict[str, float]:
        nodes = [
            node
            for node in plans(connection, question, analyze=analyze)
            if node.get("Actual Loops", 1)
        ]
        whole = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
        # Of delivery_queue whether it holds anything: its first row. There are few webhooks here;
        # test_webhook_size has many.
        assert whole <= {"recorder", "ended_khatma", "delivery_queue", "webhook", "delivery"}
        read: dict[str, float] = {}
        for node in nodes:
            if "Index Name" in node:
                rows = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
                name = node["Index Name"]
                read[name] = read.get(name, 0) + rows * node.get("Actual Loops", 1)
        return read

    return reads


@pytest.mark.parametrize("where", [{"after": 1}, {"after": MANY // 2}, {"before": 2**63 - 1}])
def test_a_page_reads_as_much_of_each_source_as_it_may_show(
    where: dict[str, int], reads: Make, ask: Make, a_long_record: int
) -> None:
    found = reads(lambda: ask(methods.ACTIVITY, by=a_long_record, limit=20, **where))
    assert found["activity_person"] <= 21
    assert found["activity_khatma"] <= KHATMAS * 21
    assert found.get("farewell_person", 0) <= 50  # all of theirs
    assert found["member_person"] == KHATMAS
    assert found["activity_pkey"] <= (KHATMAS + 2) * 21


def test_a_page_of_a_rare_type_looks_at_a_part_of_each_source(
    reads: Make, ask: Make, a_long_record: int
) -> None:
    rare = ["practice.sessions_cleared.v1"]
    found = reads(lambda: ask(methods.ACTIVITY, by=a_long_record, limit=20, types=rare))
    assert found["activity_person"] <= activity.WINDOW
    assert found["activity_khatma"] <= KHATMAS * activity.WINDOW


def test_a_gap_is_read_from_where_it_begins(reads: Make, ask: Make, a_long_record: int) -> None:
    found = reads(lambda: ask(methods.ACTIVITY_RECORDED, after=MANY // 2, limit=50))
    assert found["activity_pkey"] == 50
    assert found["member_pkey"] <= 50 * 10


def test_what_is_recorded_and_what_is_erased_or_forgotten_is_found_by_index(
    reads: Make, db: Database, recorder: Any, happened: Make, a_long_record: int
) -> None:
    def write() -> None:
        recorder.take(happened(SESSION_LOGGED, a_long_record))
        db.transact(store.wait)
        for statement in people.ERASE:
            db.reader.ask(statement, person=a_long_record + 2, batch=10)
        for statement in (activity.FORGET, activity.FORGET_MEMBERS):
            db.reader.ask(statement, before=LONG_AGO, batch=10)
        for statement in (activity.FORGET_FAREWELLS, activity.FORGET_OF_ENDED):
            db.reader.ask(statement, batch=10)

    found = reads(write, analyze=False)
    assert "activity_event_id_key" in found
    assert "activity_khatma" in found or "activity_pkey" in found
