"""Webhooks beside many others: what is asked reads what it is about, and no more."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chassis.data.database import Database
from chassis.process import clock
from contracts.notify import webhooks as methods
from contracts.practice import events as practice
from notify.domain.deliveries import Outcome, Problem, verdict
from notify.store import settling, taking, turns
from notify.store.settling import Settled

Ask = Callable[..., Any]
Make = Callable[..., Any]
NewId = Callable[[], int]
Plans = Callable[..., list[dict[str, Any]]]

PEOPLE, EACH = 2000, 20
HOLDER = "01930000-0000-7000-8000-000000000000"
# Far above the ids of other tests: 2,000 people with a webhook each, 20 lines and 20 deliveries, of
# which half wait.
FIRST = 5_000_000
FILL = f"""
    insert into person (id, version) select {FIRST} + n, 0 from generate_series(1, {PEOPLE}) n;
    insert into webhook (person_id, url, types, description, secret, created_at, updated_at)
        select {FIRST} + n, 'http://127.0.0.1:9999/', '{{}}', '', 'secret', now(), now()
        from generate_series(1, {PEOPLE}) n;
    insert into delivery_queue (person_id, due_at)
        select {FIRST} + n, now() + interval '1 hour' from generate_series(1, {PEOPLE}) n;
    insert into delivery_line (webhook_id, subject, person_id, due_at)
        select id, 'khatma/' || n, person_id, now() + interval '1 hour'
        from webhook, generate_series(1, {EACH}) n where person_id > {FIRST};
    insert into delivery
        (webhook_id, person_id, position, event_id, type, subject, state, created_at)
        select id, person_id, -n, gen_random_uuid(), 'practice.session_logged.v1',
               'khatma/' || n, case when n % 2 = 0 then 'waiting' else 'delivered' end,
               now() - interval '1 day'
        from webhook, generate_series(1, {EACH}) n where person_id > {FIRST};
    analyze person, webhook, delivery_queue, delivery_line, delivery;
"""


@pytest.fixture(scope="module", autouse=True)
def many(connection: Any) -> Iterator[None]:
    """Let many others have webhooks."""
    with connection.cursor() as cursor:
        cursor.execute("truncate delivery, delivery_line, delivery_queue, webhook")
        cursor.execute(FILL)
        yield
        cursor.execute("truncate delivery, delivery_line, delivery_queue, webhook")
        cursor.execute(f"delete from person where id between {FIRST} and {FIRST} + {PEOPLE}")


def read(plan: list[dict[str, Any]], *tables: str) -> dict[str, float]:
    """Return how many rows were read of each of the tables that hold much."""
    found: dict[str, float] = {}
    for node in plan:
        table = node.get("Relation Name", "")
        if table.startswith(("delivery", "webhook", "person")):
            assert node["Node Type"] != "Seq Scan", (table, node.get("Filter"), node)
            found[table] = found.get(table, 0) + node.get("Plan Rows", 0)
    return found


@pytest.fixture
def planned(ask: Ask, new_id: NewId, recorder: Any, happened: Make) -> tuple[int, Any]:
    """A person with a webhook for which something waits."""
    person = new_id()
    made = ask(methods.CREATE_WEBHOOK, by=person, url="http://127.0.0.1:9999/")
    recorder.take(*(happened(practice.SESSION_LOGGED, person) for _ in range(3)))
    return person, made


def test_taking_and_settling_read_what_is_due_alone(
    db: Database, connection: Any, plans: Plans, planned: Any
) -> None:
    taken: list[Any] = []

    def take() -> None:
        with db.transaction() as tx:
            taken[:] = taking.take(
                tx, clock.now(), most=100, lease=timedelta(minutes=1), holder=HOLDER
            )

    def let_go() -> None:
        with db.transaction() as tx:
            assert turns.let_go(tx, [HOLDER], clock.now()) == 1

    def settle() -> None:
        outcome = Outcome(500, Problem.STATUS, timedelta(0))
        settled = [
            Settled(each, verdict(outcome, tries, 0), clock.now(), 500, outcome.problem)
            for each in taken
            for tries in (1, 10)
        ]
        with db.transaction() as tx:
            settling.settle(tx, settled, clock.now())

    read(plans(connection, lambda: turns.is_due(db.reader, clock.now())))
    read(plans(connection, take, analyze=False))
    assert len(taken) == 1
    read(plans(connection, let_go, analyze=False))
    read(plans(connection, settle, analyze=False))


def test_planning_reads_the_webhooks_of_who_is_concerned_alone(
    connection: Any, plans: Plans, recorder: Any, planned: Any, happened: Make
) -> None:
    person, _ = planned
    event = happened(practice.SESSION_LOGGED, person)
    read(
        [
            node
            for node in plans(connection, lambda: recorder.take(event), analyze=False)
            # Whether there is any queue is told by its first row.
            if node.get("Relation Name") != "person" and "Subplan Name" not in node
        ]
    )


def test_what_its_owner_asks_reads_their_own(
    connection: Any, plans: Plans, ask: Ask, planned: Any
) -> None:
    person, made = planned
    page = ask(methods.PAGE_DELIVERIES, by=person, id=made["id"])
    one = {"by": person, "id": made["id"]}
    for question in (
        lambda: ask(methods.LIST_WEBHOOKS, by=person),
        lambda: ask(methods.GET_WEBHOOK, **one),
        lambda: ask(methods.PAGE_DELIVERIES, **one, limit=100),
        lambda: ask(methods.GET_DELIVERY, **one, delivery=page["results"][0]["id"]),
        lambda: ask(methods.REDELIVER, **one, delivery=page["results"][0]["id"]),
        lambda: ask(methods.TEST_WEBHOOK, **one),
        lambda: ask(methods.ROTATE_SECRET, **one),
        lambda: ask(methods.CHANGE_WEBHOOK, **one, change={"enabled": False}),
        lambda: ask(methods.CHANGE_WEBHOOK, **one, change={"enabled": True}),
        lambda: ask(methods.REDELIVER_SINCE, **one, since=clock.now() - timedelta(hours=1)),
        lambda: ask(methods.DELETE_WEBHOOK, **one),
    ):
        read(plans(connection, question, analyze=False))


def test_how_many_messages_each_takes(
    db: Database, messages: Callable[..., int], ask: Ask, planned: Any
) -> None:
    person, made = planned
    one = {"by": person, "id": made["id"]}
    with db.transaction() as tx:
        tx.ask(text("select 1"))

    def take() -> None:
        with db.transaction() as tx:
            taking.take(tx, clock.now(), most=100, lease=timedelta(minutes=1), holder=HOLDER)

    assert (
        messages(lambda: ask(methods.CREATE_WEBHOOK, by=person, url="http://127.0.0.1:9999/")) <= 4
    )
    assert messages(lambda: ask(methods.CHANGE_WEBHOOK, **one, change={"description": "A"})) <= 5
    assert messages(lambda: ask(methods.ROTATE_SECRET, **one)) <= 3
    assert messages(lambda: ask(methods.TEST_WEBHOOK, **one)) <= 5
    assert messages(take) == 4
    assert messages(lambda: ask(methods.LIST_WEBHOOKS, by=person)) == 1
    assert messages(lambda: ask(methods.PAGE_DELIVERIES, **one)) == 2
