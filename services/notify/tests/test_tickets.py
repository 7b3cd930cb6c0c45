"""Tickets: good once, for half a minute, and gone with the person."""

import hashlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chassis.data.database import Database
from chassis.process import clock
from chassis.testing import actor
from contracts.auth import events as auth
from contracts.notify import methods
from contracts.refusals import TooMany, Unauthenticated
from notify.domain.tickets import MOST_OPEN
from notify.usecases import sweeping

NewId = Callable[[], int]
Make = Callable[..., Any]
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKEN = {"issued_at": 1772452800.25, "expires_at": 4102444800.5}


def new_hash() -> str:
    return hashlib.sha256(secrets.token_bytes(8)).hexdigest()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the service's clock."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def add(ask: Make) -> Callable[[int], str]:
    """Add a ticket of a person's, and return its hash."""

    def add(person: int) -> str:
        hash = new_hash()
        ask(methods.ADD_TICKET, by=actor(person, session="s-1"), hash=hash, **TOKEN)
        return hash

    return add


def test_a_ticket_says_whose_it_is_and_what_its_token_said(ask: Make, new_id: NewId) -> None:
    person, hash = new_id(), new_hash()
    asker = actor(person, session="s-77")
    ask(methods.ADD_TICKET, by=asker, hash=hash, **TOKEN)
    taken = ask(methods.TAKE_TICKET, hash=hash)
    assert taken == {"person": person, "session": "s-77", **TOKEN}


def test_a_ticket_is_taken_once(ask: Make, add: Callable[[int], str], new_id: NewId) -> None:
    hash = add(new_id())
    ask(methods.TAKE_TICKET, hash=hash)
    with pytest.raises(Unauthenticated, match="Ask for another one by POST /api/activity/tickets/"):
        ask(methods.TAKE_TICKET, hash=hash)


def test_a_ticket_that_is_looked_at_is_still_good(
    ask: Make, add: Callable[[int], str], new_id: NewId
) -> None:
    person = new_id()
    hash = add(person)
    for _ in range(2):
        assert ask(methods.FIND_TICKET, hash=hash)["person"] == person
    ask(methods.TAKE_TICKET, hash=hash)
    with pytest.raises(Unauthenticated, match="Ask for another one"):
        ask(methods.FIND_TICKET, hash=hash)


def test_of_many_who_bring_one_ticket_at_once_one_takes_it(
    ask: Make, add: Callable[[int], str], new_id: NewId
) -> None:
    hash = add(new_id())

    def take(_: int) -> bool:
        try:
            return bool(ask(methods.TAKE_TICKET, hash=hash))
        except Unauthenticated:
            return False

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(6))) == 1


@pytest.mark.parametrize(("seconds", "opens"), [(29, True), (30, False)])
def test_a_ticket_is_good_for_thirty_seconds(
    ask: Make,
    add: Callable[[int], str],
    new_id: NewId,
    at: Callable[[datetime], None],
    seconds: int,
    opens: bool,
) -> None:
    at(NOW)
    hash = add(new_id())
    at(NOW + timedelta(seconds=seconds))
    if opens:
        assert ask(methods.TAKE_TICKET, hash=hash)
    else:
        with pytest.raises(Unauthenticated):
            ask(methods.TAKE_TICKET, hash=hash)


def test_a_ticket_does_not_outlive_its_access_token(
    ask: Make, at: Callable[[datetime], None], new_id: NewId
) -> None:
    """The stream that it opens would end before it began, and the ticket would be spent."""
    at(NOW)
    hash, ends = new_hash(), NOW + timedelta(seconds=7.5)
    token = {"issued_at": NOW.timestamp() - 3600, "expires_at": ends.timestamp()}
    added = ask(methods.ADD_TICKET, by=actor(new_id(), session="s-1"), hash=hash, **token)
    assert added == {"expires_in": 7, "expires_at": "2026-03-02T12:00:07.500000Z"}
    at(ends - timedelta(microseconds=1))
    ask(methods.FIND_TICKET, hash=hash)
    at(ends)
    with pytest.raises(Unauthenticated, match="until its access token expires"):
        ask(methods.TAKE_TICKET, hash=hash)


def test_a_ticket_that_nobody_made_opens_nothing(ask: Make) -> None:
    with pytest.raises(Unauthenticated):
        ask(methods.TAKE_TICKET, hash=new_hash())


def test_who_takes_none_of_many_tickets_waits_until_they_are_late(
    ask: Make, add: Callable[[int], str], new_id: NewId, at: Callable[[datetime], None]
) -> None:
    at(NOW)
    person, other = new_id(), new_id()
    hashes = [add(person) for _ in range(MOST_OPEN)]
    with pytest.raises(TooMany) as refused:
        add(person)
    assert refused.value.retry_after == 30
    add(other)
    ask(methods.TAKE_TICKET, hash=hashes[0])
    add(person)
    with pytest.raises(TooMany):
        add(person)
    at(NOW + timedelta(seconds=30))
    add(person)


def test_a_deleted_person_has_no_ticket_and_gets_none(
    ask: Make, add: Callable[[int], str], new_id: NewId, hear: Make, happened: Make, db: Database
) -> None:
    person = new_id()
    hash = add(person)
    hear(happened(auth.USER_DELETED, person))
    with pytest.raises(Unauthenticated):
        ask(methods.TAKE_TICKET, hash=hash)
    with pytest.raises(Unauthenticated):
        add(person)
    assert db.reader.ask(text("select from ticket where person_id = :id"), id=person) == []


def test_a_ticket_whose_person_is_being_erased_opens_nothing(
    ask: Make, add: Callable[[int], str], new_id: NewId, connection: Any
) -> None:
    person = new_id()
    hash = add(person)
    connection.cursor().execute("update person set deleted_at = now() where id = %s", [person])
    with pytest.raises(Unauthenticated):
        ask(methods.TAKE_TICKET, hash=hash)


def test_late_tickets_are_swept(
    add: Callable[[int], str], new_id: NewId, at: Callable[[datetime], None], db: Database
) -> None:
    person = new_id()
    at(NOW)
    add(person)
    at(NOW + timedelta(seconds=20))
    add(person)
    at(NOW + timedelta(seconds=31))
    sweeping.sweep(db)
    kept = db.reader.ask(text("select from ticket where person_id = :id"), id=person)
    assert len(kept) == 1


def test_a_ticket_costs_few_messages(
    ask: Make,
    add: Callable[[int], str],
    new_id: NewId,
    messages: Callable[[Callable[[], Any]], int],
) -> None:
    person = new_id()
    add(person)
    hash = new_hash()
    asker = actor(person)
    made = messages(lambda: ask(methods.ADD_TICKET, by=asker, hash=hash, **TOKEN))
    taken = messages(lambda: ask(methods.TAKE_TICKET, hash=hash))
    assert (made, taken) == (3, 2)
