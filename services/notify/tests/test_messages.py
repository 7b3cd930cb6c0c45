"""Round trips to PostgreSQL: as few for a large group as for one person."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from chassis.data.database import Database
from contracts.auth import events as auth
from contracts.events import EventType
from contracts.khatma import events as khatma
from contracts.notify import methods
from contracts.practice import events as practice
from notify.usecases import khatmas

NewId = Callable[[], int]
Make = Callable[..., Any]
MANY = 500

# The inbox, the people's lock and the telling; the announcement and the commit.
TOLD = 2


@pytest.mark.parametrize(
    ("kind", "readers"), [(khatma.COMPLETED, "members"), (khatma.PART_COMPLETED, "other_members")]
)
def test_a_large_group_is_told_by_as_many_messages_as_one_person(
    db: Database,
    new_id: NewId,
    happened: Make,
    hear: Make,
    messages: Make,
    kind: EventType,
    readers: str,
) -> None:
    people = [new_id() for _ in range(MANY)]
    for told in (people[:1], people):
        event = happened(kind, new_id(), actor=new_id(), **{readers: told})
        assert messages(lambda event=event: hear(event)) == TOLD
    rows = db.reader.ask(
        text("select count(*) from notification where person_id = any(cast(:ids as bigint[]))"),
        ids=people,
    )
    assert rows[0][0] == MANY + 1


def test_a_chapter_of_one_who_reads_alone_costs_the_database_nothing(
    new_id: NewId, happened: Make, hear: Make, messages: Make
) -> None:
    event = happened(khatma.PART_COMPLETED, new_id(), other_members=[])
    assert [messages(lambda: hear(event)) for _ in range(2)] == [0, 0]


@pytest.mark.parametrize(
    ("kind", "reader", "most"),
    [
        (practice.LEADER_CHANGED, "leader", TOLD),
        (khatma.MEMBER_JOINED, "creator", TOLD),
        (khatma.PARTS_CLAIMED, "member", TOLD),
        (khatma.ACHIEVEMENT_EARNED, "member", TOLD),
        # Whether the khatma has ended is asked first.
        (khatma.MEMBER_INVITED, None, TOLD + 1),
        (khatma.MEMBER_INVITED_V1, "member", TOLD + 1),
    ],
)
def test_one_person_is_told_by_few_messages(
    new_id: NewId,
    happened: Make,
    hear: Make,
    notices_of: Make,
    messages: Make,
    kind: EventType,
    reader: str | None,
    most: int,
) -> None:
    person = new_id()
    about_them = reader is None
    event = happened(kind, person) if about_them else happened(kind, new_id(), **{reader: person})
    assert messages(lambda: hear(event)) == most
    assert len(notices_of(person)) == 1
    assert messages(lambda: hear(event)) == 1, "a repeat is told by the first one"


def test_who_registers_is_kept_and_welcomed(
    new_id: NewId, happened: Make, hear: Make, messages: Make
) -> None:
    event = happened(auth.USER_REGISTERED, new_id())
    assert messages(lambda: hear(event)) == TOLD + 1


def test_a_name_is_kept_by_one_message(
    new_id: NewId, happened: Make, hear: Make, messages: Make
) -> None:
    event = happened(auth.USER_UPDATED, new_id(), version=2)
    assert [messages(lambda: hear(event)) for _ in range(2)] == [1, 1]


def test_a_person_is_erased_by_as_many_messages_however_much_was_told_them(
    new_id: NewId, happened: Make, hear: Make, messages: Make
) -> None:
    """Up to a batch: the tombstone, eight steps and the end, each committed apart."""
    few, much = new_id(), new_id()
    for person, many in ((few, 1), (much, 50)):
        for _ in range(many):
            hear(happened(khatma.PARTS_CLAIMED, new_id(), member=person))
        event = happened(auth.USER_DELETED, person)
        assert messages(lambda event=event: hear(event)) <= 22


def test_invitations_are_withdrawn_by_as_many_messages_for_a_batch_as_for_one(
    new_id: NewId, happened: Make, hear: Make, messages: Make
) -> None:
    """The end of the khatma, a batch, and the look that finds nobody left."""
    for many in (1, khatmas.BATCH):
        group, creator = new_id(), new_id()
        for _ in range(many):
            hear(happened(khatma.MEMBER_INVITED, new_id(), khatma=group, by=creator))
        event = happened(khatma.DELETED, group, actor=creator)
        assert messages(lambda event=event: hear(event)) <= 7


@pytest.mark.parametrize("many", [1, MANY])
def test_reading_takes_two_messages_however_much_there_is(
    new_id: NewId, ask: Make, messages: Make, unread: Make, many: int
) -> None:
    """The lock and the mark; the announcements, the command's record and the commit."""
    person = new_id()
    unread(person, many)
    one = ask(methods.LIST, by=person)["results"][0]["id"]
    assert messages(lambda: ask(methods.MARK_READ, by=person, id=one)) == 2
    assert messages(lambda: ask(methods.MARK_READ, by=person, id=one)) == 2
    assert messages(lambda: ask(methods.MARK_ALL_READ, by=person)) == 2
    # What a client may repeat is looked for first.
    assert messages(lambda: ask(methods.MARK_ALL_READ, by=person, key=f"all-{person}")) == 3
    assert messages(lambda: ask(methods.MARK_ALL_READ, by=person, key=f"all-{person}")) == 2
    assert messages(lambda: ask(methods.LIST, by=person)) == 1
    assert messages(lambda: ask(methods.UNREAD, by=person)) == 1


@pytest.fixture
def unread(connection: Any) -> Callable[[int, int], None]:
    """Give a person so many notifications that they have not read."""

    def fill(person: int, many: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into person (id, total, unread) values (%s, %s, %s)", [person, many, many]
            )
            cursor.execute(
                """
                insert into notification (person_id, event_id, created_at, kind, facts)
                select %s, gen_random_uuid(), now(), 'welcome', '{}' from generate_series(1, %s)
                """,
                [person, many],
            )

    return fill
