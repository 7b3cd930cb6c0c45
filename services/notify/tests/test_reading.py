"""Listing and reading notifications, in PostgreSQL."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from chassis.data.database import Database
from contracts.auth import events as auth
from contracts.khatma import events as khatma
from contracts.notify import methods
from contracts.refusals import NotFound, Unauthenticated
from notify.domain.kinds import Kind
from notify.usecases import reading

NewId = Callable[[], int]
Make = Callable[..., Any]


@pytest.fixture
def told(new_id: NewId, happened: Make, hear: Make) -> Callable[[int, int], None]:
    """Tell a person of `n` chapters, numbered from 1 in the order in which they were told."""

    def tell(person: int, n: int) -> None:
        for chapter in range(1, n + 1):
            event = happened(khatma.PARTS_CLAIMED, new_id(), member=person, chapters=[chapter])
            hear(event)

    return tell


def titles(page: dict[str, Any]) -> list[str]:
    return [notice["title"] for notice in page["results"]]


def read_events(db: Database, person: int) -> int:
    rows = db.reader.ask(
        text("select count(*) from outbox where subject = :subject and type like '%_read.v1'"),
        subject=f"person/{person}",
    )
    count: int = rows[0][0]
    return count


def test_pages_are_newest_first_and_neither_repeat_nor_skip(
    new_id: NewId, told: Make, ask: Make
) -> None:
    person = new_id()
    told(person, 5)
    pages = [ask(methods.LIST, by=person, page=page, page_size=2) for page in (1, 2, 3)]
    assert [page["count"] for page in pages] == [5, 5, 5]
    assert [title for page in pages for title in titles(page)] == [
        f"Chapter {chapter} is yours" for chapter in (5, 4, 3, 2, 1)
    ]


def test_a_page_past_the_end_is_not_found_but_the_first_may_be_empty(
    new_id: NewId, told: Make, ask: Make
) -> None:
    person = new_id()
    assert ask(methods.LIST, by=person) == {"count": 0, "results": []}
    with pytest.raises(NotFound):
        ask(methods.LIST, by=person, page=2)
    told(person, 2)
    with pytest.raises(NotFound):
        ask(methods.LIST, by=person, page=2, page_size=2)
    with pytest.raises(NotFound):
        ask(methods.LIST, by=person, page=10_000_000, page_size=100)


def test_reading_one_takes_it_from_the_unread_only(new_id: NewId, told: Make, ask: Make) -> None:
    person = new_id()
    told(person, 3)
    newest = ask(methods.LIST, by=person)["results"][0]
    answer = ask(methods.MARK_READ, by=person, id=newest["id"])
    assert answer["is_read"] is True
    assert answer["title"] == newest["title"]
    methods.MARK_READ.result.validate_python(answer)
    unread = ask(methods.LIST, by=person, unread=True)
    assert (unread["count"], titles(unread)) == (2, ["Chapter 2 is yours", "Chapter 1 is yours"])
    everything = ask(methods.LIST, by=person)
    assert (everything["count"], everything["results"][0]["is_read"]) == (3, True)
    assert ask(methods.UNREAD, by=person) == {"unread": 2}


def test_reading_one_again_changes_nothing_and_is_announced_once(
    db: Database, new_id: NewId, told: Make, ask: Make
) -> None:
    person = new_id()
    told(person, 2)
    one = ask(methods.LIST, by=person)["results"][0]["id"]
    first = ask(methods.MARK_READ, by=person, id=one)
    assert ask(methods.MARK_READ, by=person, id=one) == first
    assert ask(methods.UNREAD, by=person) == {"unread": 1}
    assert read_events(db, person) == 1


def test_anothers_notification_is_not_found_and_stays_unread(
    new_id: NewId, told: Make, ask: Make
) -> None:
    owner, other, stranger = new_id(), new_id(), new_id()
    told(owner, 1)
    told(other, 1)
    one = ask(methods.LIST, by=owner)["results"][0]["id"]
    for asker in (other, stranger):
        with pytest.raises(NotFound):
            ask(methods.MARK_READ, by=asker, id=one)
    with pytest.raises(NotFound):
        ask(methods.MARK_READ, by=owner, id=2**63 - 1)
    assert ask(methods.UNREAD, by=owner) == {"unread": 1}
    assert ask(methods.UNREAD, by=other) == {"unread": 1}


def test_reading_all_says_how_many_and_announces_each(
    db: Database, new_id: NewId, told: Make, ask: Make
) -> None:
    person = new_id()
    told(person, 4)
    one = ask(methods.LIST, by=person)["results"][0]["id"]
    ask(methods.MARK_READ, by=person, id=one)
    answer = ask(methods.MARK_ALL_READ, by=person)
    assert answer == {"message": "All notifications are marked as read.", "updated": 3}
    assert ask(methods.UNREAD, by=person) == {"unread": 0}
    assert ask(methods.LIST, by=person, unread=True)["count"] == 0
    assert read_events(db, person) == 4
    again = ask(methods.MARK_ALL_READ, by=person)
    assert again["updated"] == 0


def test_reading_all_without_any_is_fine(new_id: NewId, ask: Make) -> None:
    answer = ask(methods.MARK_ALL_READ, by=new_id())
    assert answer["updated"] == 0


def test_more_than_one_call_can_read_are_read_newest_first_and_the_rest_is_named(
    new_id: NewId, told: Make, monkeypatch: pytest.MonkeyPatch, ask: Make
) -> None:
    monkeypatch.setattr(reading, "MOST_AT_ONCE", 3)
    person = new_id()
    told(person, 5)
    answer = ask(methods.MARK_ALL_READ, by=person)
    assert answer["updated"] == 3
    assert "other 2" in answer["message"]
    left = ask(methods.LIST, by=person, unread=True)
    assert titles(left) == ["Chapter 2 is yours", "Chapter 1 is yours"]


def test_the_same_command_answers_the_same_and_does_nothing_more(
    new_id: NewId, told: Make, ask: Make
) -> None:
    person = new_id()
    told(person, 2)
    command = f"all-{person}"
    first = ask(methods.MARK_ALL_READ, by=person, key=command)
    told(person, 1)
    assert ask(methods.MARK_ALL_READ, by=person, key=command) == first
    assert ask(methods.UNREAD, by=person) == {"unread": 1}


def test_a_deleted_person_is_refused(
    new_id: NewId, told: Make, happened: Make, hear: Make, ask: Make
) -> None:
    person = new_id()
    told(person, 1)
    one = ask(methods.LIST, by=person)["results"][0]["id"]
    hear(happened(auth.USER_DELETED, person))
    with pytest.raises(Unauthenticated):
        ask(methods.LIST, by=person)
    with pytest.raises(Unauthenticated):
        ask(methods.MARK_READ, by=person, id=one)
    with pytest.raises(Unauthenticated):
        ask(methods.MARK_ALL_READ, by=person)


def test_an_erased_name_does_not_come_back_with_a_repeated_command(
    db: Database, new_id: NewId, happened: Make, registered: Make, hear: Make, ask: Make
) -> None:
    creator, ali = new_id(), new_id()
    hear(registered(ali, "ali", "Ali Ahmed"))
    hear(happened(khatma.MEMBER_JOINED, new_id(), member=ali, creator=creator))
    one = ask(methods.LIST, by=creator)["results"][0]["id"]
    key = f"read-{creator}"
    assert "Ali Ahmed" in ask(methods.MARK_READ, by=creator, key=key, id=one)["title"]
    hear(happened(auth.USER_DELETED, ali))
    assert "A former member" in ask(methods.MARK_READ, by=creator, key=key, id=one)["title"]
    assert db.reader.ask(text("select from command where result like '%Ali Ahmed%'")) == []
    assert read_events(db, creator) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "daily_reminder"),
        ("facts", '{"days": 3}'),
        ("facts", "{}"),
        ("facts", '{"chapters": null, "done": null, "pages": [1, 2]}'),
    ],
)
@pytest.mark.parametrize("kind", [*Kind])
def test_what_a_later_release_wrote_is_said_in_general_words(
    db: Database, new_id: NewId, told: Make, kind: str, column: str, value: str, ask: Make
) -> None:
    person = new_id()
    told(person, 2)
    newest = ask(methods.LIST, by=person)["results"][0]["id"]
    with db.transaction() as tx:
        tx.ask(
            text("update notification set kind = :kind where id = :id"),
            kind=kind,
            id=newest,
        )
        tx.ask(
            text(f"update notification set {column} = :value where id = :id"),
            value=value,
            id=newest,
        )
    page = ask(methods.LIST, by=person)
    methods.LIST.result.validate_python(page)
    assert page["count"] == len(page["results"]) == 2
    assert page["results"][0]["title"]
    assert "None" not in page["results"][0]["message"]
    assert page["results"][1]["title"] == "Chapter 1 is yours"
    read = ask(methods.MARK_READ, by=person, id=newest)
    assert read["is_read"] is True
    announced = db.reader.ask(
        text("select data from outbox where subject = :subject and type like '%_read.v1'"),
        subject=f"person/{person}",
    )
    kept = value if column == "kind" else kind
    assert json.loads(announced[0].data)["notification_type"] == kept
