"""From what happened to what people read, in PostgreSQL."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from chassis.database import Database
from contracts.auth import events as auth
from contracts.events import Envelope
from contracts.khatma import events as khatma
from contracts.notify import methods
from contracts.practice import events as practice
from notify.usecases import people, reading, telling

NewId = Callable[[], int]
Make = Callable[..., Any]

KHATMA = "“\u2068ختمة رمضان\u2069”"


@pytest.fixture
def notices_of(db: Database, asks: Make) -> Callable[[int], list[dict[str, Any]]]:
    """What a person reads, newest first."""
    return lambda person: reading.page(db, asks(methods.LIST, person))["results"]


def announced(db: Database, person: int) -> list[tuple[str, int | None]]:
    """What notify announced about a person, and who caused it."""
    rows = db.read(
        text("select type, actor from outbox where subject = :subject order by sequence"),
        subject=f"person/{person}",
    )
    return [(row.type, row.actor) for row in rows]


def test_registering_is_welcomed(
    db: Database, new_id: NewId, registered: Make, notices_of: Make
) -> None:
    person = new_id()
    event = registered(person, "layla", "ليلى حسن")
    people.registered(db, event)
    (notice,) = notices_of(person)
    assert notice == {
        "id": notice["id"],
        "notification_type": "welcome",
        "notification_display": "Welcome",
        "title": "Welcome to Sakina, \u2068ليلى حسن\u2069",
        "message": notice["message"],
        "is_read": False,
        "created_at": event.time,
        "related_khatma": None,
        "related_khatma_name": None,
    }
    methods.LIST.result.validate_python({"count": 1, "results": [notice]})


def test_leading_the_board_is_told(
    db: Database, new_id: NewId, happened: Make, notices_of: Make
) -> None:
    leader = new_id()
    event = happened(practice.LEADER_CHANGED, "all", leader=leader, total_minutes=90)
    telling.leader_changed(db, event)
    (notice,) = notices_of(leader)
    assert notice["notification_type"] == "leaderboard_top"
    assert "90 minutes" in notice["message"]


def test_nobody_leading_tells_nobody(db: Database, happened: Make) -> None:
    before = db.read(text("select count(*) from notification"))[0][0]
    event = happened(practice.LEADER_CHANGED, "all", leader=None, total_minutes=0)
    telling.leader_changed(db, event)
    assert db.read(text("select count(*) from notification"))[0][0] == before


def test_each_khatma_event_tells_whom_the_table_says(
    db: Database, new_id: NewId, happened: Make, registered: Make, notices_of: Make
) -> None:
    creator, member, other, group = (new_id() for _ in range(4))
    people.registered(db, registered(member, "ali", "Ali Ahmed"))
    telling.member_invited(db, happened(khatma.MEMBER_INVITED, group, member=member, by=creator))
    telling.member_joined(db, happened(khatma.MEMBER_JOINED, group, member=member, creator=creator))
    telling.parts_claimed(db, happened(khatma.PARTS_CLAIMED, group, member=member, chapters=[7]))
    telling.part_completed(
        db,
        happened(
            khatma.PART_COMPLETED, group, member=member, other_members=[creator, other], done=30
        ),
    )
    telling.completed(
        db,
        happened(khatma.COMPLETED, group, members=[creator, member, other], creator=creator),
    )
    telling.achievement_earned(
        db, happened(khatma.ACHIEVEMENT_EARNED, member, member=member, khatma=group)
    )

    def kinds(person: int) -> list[str]:
        return [notice["notification_type"] for notice in notices_of(person)]

    assert kinds(creator) == ["khatma_completed", "chapter_completed", "khatma_joined"]
    assert kinds(other) == ["khatma_completed", "chapter_completed"]
    assert kinds(member) == [
        "achievement_earned",
        "khatma_completed",
        "chapter_assigned",
        "khatma_invitation",
        "welcome",
    ]
    assert (
        notices_of(creator)[-1]["title"] == "\u2068Ali Ahmed\u2069 joined “\u2068ختمة رمضان\u2069”"
    )
    assert {notice["related_khatma"] for notice in notices_of(creator)} == {group}
    assert {notice["related_khatma_name"] for notice in notices_of(other)} == {"ختمة رمضان"}


def test_an_event_that_comes_again_is_told_once_and_announced_once(
    db: Database, new_id: NewId, happened: Make, notices_of: Make
) -> None:
    member = new_id()
    event = happened(khatma.PARTS_CLAIMED, new_id(), actor=member, member=member)
    for _ in range(3):
        telling.parts_claimed(db, event)
    assert len(notices_of(member)) == 1
    assert announced(db, member) == [("notify.notification_created.v1", member)]


def test_a_name_that_comes_late_appears_and_a_newer_one_replaces_it(
    db: Database, new_id: NewId, happened: Make, registered: Make, notices_of: Make
) -> None:
    creator, member = new_id(), new_id()
    telling.member_joined(
        db, happened(khatma.MEMBER_JOINED, new_id(), member=member, creator=creator)
    )
    assert notices_of(creator)[0]["title"] == f"A member joined {KHATMA}"
    newer = happened(auth.USER_UPDATED, member, username="ali", fullname="Ali A.", version=2)
    people.updated(db, newer)
    assert notices_of(creator)[0]["title"] == f"\u2068Ali A.\u2069 joined {KHATMA}"
    people.registered(db, registered(member, "ali", "Ali Ahmed"))
    assert notices_of(creator)[0]["title"] == f"\u2068Ali A.\u2069 joined {KHATMA}"
    assert notices_of(member)[0]["title"] == "Welcome to Sakina, \u2068Ali A.\u2069"


def test_a_deleted_person_leaves_nothing_behind_and_is_told_nothing_more(
    db: Database, new_id: NewId, happened: Make, registered: Make, asks: Make, notices_of: Make
) -> None:
    creator, member, group = new_id(), new_id(), new_id()
    welcome = registered(member, "ali", "Ali Ahmed")
    people.registered(db, welcome)
    telling.member_joined(db, happened(khatma.MEMBER_JOINED, group, member=member, creator=creator))
    people.deleted(db, happened(auth.USER_DELETED, member))
    people.registered(db, registered(member, "ali", "Ali Ahmed", version=9))
    telling.completed(db, happened(khatma.COMPLETED, group, members=[creator, member]))

    assert reading.unread(db, asks(methods.UNREAD, member)) == {"unread": 0}
    rows = db.read(text("select count(*) from notification where person_id = :id"), id=member)
    assert rows[0][0] == 0
    left = db.read(
        text("select username, fullname, timezone from person where id = :id"), id=member
    )
    assert list(left[0]) == [None, None, None]
    assert announced(db, member)[-1] == ("notify.data_erased.v1", member)
    titles = [notice["title"] for notice in notices_of(creator)]
    assert titles == [
        "“\u2068ختمة رمضان\u2069” is complete",
        "A former member joined “\u2068ختمة رمضان\u2069”",
    ]


def test_a_deletion_that_comes_before_the_registration_wins(
    db: Database, new_id: NewId, happened: Make, registered: Make, asks: Make
) -> None:
    person = new_id()
    welcome: Envelope = registered(person, "ali")
    people.deleted(db, happened(auth.USER_DELETED, person))
    people.registered(db, welcome)
    assert reading.unread(db, asks(methods.UNREAD, person)) == {"unread": 0}


def test_a_large_group_is_told_by_one_statement(
    db: Database, new_id: NewId, happened: Make
) -> None:
    members = [new_id() for _ in range(500)]
    telling.completed(db, happened(khatma.COMPLETED, new_id(), members=members))
    rows = db.read(
        text(
            "select count(*), count(distinct xmin::text || ':' || cmin::text) "
            "from notification where person_id = any(:members)"
        ),
        members=members,
    )
    assert tuple(rows[0]) == (500, 1)
