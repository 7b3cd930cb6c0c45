"""Forgetting what was read long ago."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis import clock
from chassis.database import Database
from contracts.khatma import events as khatma
from contracts.notify import methods
from notify.usecases import reading, sweeping, telling

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
    asks: Make,
    at: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
) -> None:
    monkeypatch.setattr(sweeping, "BATCH", batch)
    person, other = new_id(), new_id()
    for _ in range(5):
        event = happened(khatma.COMPLETED, new_id(), members=[person, other])
        telling.completed(db, event)
    at(READ_AT)
    for notice in reading.page(db, asks(methods.LIST, person, page_size=3))["results"]:
        reading.mark_read(db, asks(methods.MARK_READ, person, id=notice["id"]))
    at(READ_AT + timedelta(days=1))
    reading.mark_all_read(db, asks(methods.MARK_ALL_READ, other))

    at(READ_AT + timedelta(days=90))
    sweeping.sweep(db)
    assert reading.page(db, asks(methods.LIST, person))["count"] == 5

    at(READ_AT + timedelta(days=90, seconds=1))
    sweeping.sweep(db)
    page = reading.page(db, asks(methods.LIST, person))
    assert (page["count"], len(page["results"])) == (2, 2)
    assert not any(notice["is_read"] for notice in page["results"])
    assert reading.unread(db, asks(methods.UNREAD, person)) == {"unread": 2}
    assert reading.page(db, asks(methods.LIST, other))["count"] == 5
