"""Forgetting what was read long ago."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chassis.data.database import Database
from chassis.process import clock
from contracts.auth import events as auth
from contracts.khatma import events as khatma
from contracts.notify import methods
from notify.service import NotifyService
from notify.usecases import sweeping

NewId = Callable[[], int]
Make = Callable[..., Any]
READ_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the service's clock."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.mark.parametrize("batch", [1000, 2])
def test_what_was_read_90_days_ago_goes_and_the_rest_stays(
    db: Database,
    new_id: NewId,
    happened: Make,
    at: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
    hear: Make,
    ask: Make,
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", batch)
    person, other = new_id(), new_id()
    for _ in range(5):
        event = happened(khatma.COMPLETED, new_id(), members=[person, other])
        hear(event)
    at(READ_AT)
    for notice in ask(methods.LIST, by=person, page_size=3)["results"]:
        ask(methods.MARK_READ, by=person, id=notice["id"])
    at(READ_AT + timedelta(days=1))
    ask(methods.MARK_ALL_READ, by=other)

    at(READ_AT + timedelta(days=90))
    sweeping.sweep(db)
    assert ask(methods.LIST, by=person)["count"] == 5

    at(READ_AT + timedelta(days=90, seconds=1))
    sweeping.sweep(db)
    page = ask(methods.LIST, by=person)
    assert (page["count"], len(page["results"])) == (2, 2)
    assert not any(notice["is_read"] for notice in page["results"])
    assert ask(methods.UNREAD, by=person) == {"unread": 2}
    assert ask(methods.LIST, by=other)["count"] == 5


@pytest.fixture
def read_long_ago(db: Database, new_id: NewId) -> Callable[[int, datetime], int]:
    """A person who read so many notifications at a time."""

    def fill(many: int, at: datetime) -> int:
        person = new_id()
        with db.transaction() as tx:
            tx.ask(
                text("insert into person (id, total) values (:id, :many)"),
                id=person,
                many=many,
            )
            tx.ask(
                text(
                    """
                    insert into notification (person_id, event_id, created_at, read_at, kind, facts)
                    select cast(:id as bigint), gen_random_uuid(), cast(:at as timestamptz),
                           cast(:at as timestamptz), 'welcome', '{}'
                    from generate_series(1, cast(:many as integer))
                    """
                ),
                id=person,
                at=at,
                many=many,
            )
        return person

    return fill


def left(db: Database, person: int) -> int:
    rows = db.reader.ask(text("select count(*) from notification where person_id = :id"), id=person)
    count: int = rows[0][0]
    return count


def test_one_who_is_busy_holds_up_nobody_else(
    db: Database, read_long_ago: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 10)
    readers = [read_long_ago(6, READ_AT - timedelta(days=365)) for _ in range(8)]
    with db.transaction() as busy:
        busy.ask(text("select from person where id = :id for no key update"), id=readers[0])
        sweeping.sweep(db)
    assert [left(db, person) for person in readers] == [6, *[0] * 7]
    sweeping.sweep(db)
    assert left(db, readers[0]) == 0


def test_one_whose_erasure_is_parked_holds_up_nobody_else_and_keeps_their_own(
    db: Database,
    new_id: NewId,
    happened: Make,
    read_long_ago: Make,
    monkeypatch: pytest.MonkeyPatch,
    hear: Make,
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 10)
    gone = read_long_ago(25, READ_AT - timedelta(days=730))
    other = read_long_ago(25, READ_AT - timedelta(days=365))
    with db.transaction() as tx:
        tx.ask(text("update person set deleted_at = now(), total = 0 where id = :id"), id=gone)
    sweeping.sweep(db)
    assert (left(db, other), left(db, gone)) == (0, 25)
    hear(happened(auth.USER_DELETED, gone))
    assert left(db, gone) == 0


def test_the_services_sweep_forgets_all_that_is_no_longer_needed(
    db: Database,
    new_id: NewId,
    happened: Make,
    read_long_ago: Make,
    at: Make,
    hear: Make,
    ask: Make,
) -> None:
    """What the chassis keeps, and what notify itself does."""
    service = NotifyService()
    service.db = db
    person, asker, group = read_long_ago(3, READ_AT), new_id(), new_id()
    at(READ_AT)
    ask(methods.MARK_ALL_READ, by=asker, key=f"sweep-{asker}")
    hear(happened(khatma.PARTS_CLAIMED, group, member=asker))
    hear(happened(khatma.DELETED, group))

    def kept() -> tuple[int, ...]:
        rows = db.reader.ask(
            text(
                """
                select (select count(*) from command where actor = :asker),
                       (select count(*) from notification where person_id = :person),
                       (select count(*) from told where person_id = :asker),
                       (select count(*) from ended_khatma where id = :group)
                """
            ),
            asker=asker,
            person=person,
            group=group,
        )
        return tuple(rows[0])

    at(happened(khatma.DELETED, group).time + timedelta(minutes=5))
    assert kept() == (1, 3, 1, 1)
    service.sweep()
    assert kept() == (1, 3, 1, 1)
    at(READ_AT + timedelta(days=91))
    service.sweep()
    assert kept() == (0, 0, 0, 0)
