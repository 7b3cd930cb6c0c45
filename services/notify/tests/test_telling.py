"""From what happened to what people read, in PostgreSQL."""

from collections.abc import Callable
from typing import Any

import eventlet
import pytest
from sqlalchemy import text

from chassis.data.database import Database
from chassis.testing import until_locked_out
from contracts.auth import events as auth
from contracts.events import Event
from contracts.khatma import events as khatma
from contracts.moments import written
from contracts.notify import methods
from contracts.practice import events as practice

NewId = Callable[[], int]
Make = Callable[..., Any]

KHATMA = "“\u2068ختمة رمضان\u2069”"


def test_registering_is_welcomed(
    new_id: NewId, registered: Make, notices_of: Make, hear: Make
) -> None:
    person = new_id()
    event = registered(person, "layla", "ليلى حسن")
    hear(event)
    (notice,) = notices_of(person)
    assert notice == {
        "id": notice["id"],
        "notification_type": "welcome",
        "notification_display": "Welcome",
        "title": "Welcome to Sakina, \u2068ليلى حسن\u2069",
        "message": notice["message"],
        "is_read": False,
        "created_at": written(event.time),
        "related_khatma": None,
        "related_khatma_name": None,
    }
    methods.LIST.result.validate_python({"count": 1, "results": [notice]})


def test_leading_the_board_is_told(
    new_id: NewId, happened: Make, notices_of: Make, hear: Make
) -> None:
    leader = new_id()
    event = happened(practice.LEADER_CHANGED, "all", leader=leader, total_minutes=90)
    hear(event)
    (notice,) = notices_of(leader)
    assert notice["notification_type"] == "leaderboard_top"
    assert "90 minutes" in notice["message"]


def test_nobody_leading_tells_nobody(db: Database, happened: Make, hear: Make) -> None:
    before = db.reader.ask(text("select count(*) from notification"))[0][0]
    event = happened(practice.LEADER_CHANGED, "all", leader=None, total_minutes=0)
    hear(event)
    assert db.reader.ask(text("select count(*) from notification"))[0][0] == before


def test_each_khatma_event_tells_whom_the_table_says(
    new_id: NewId, happened: Make, registered: Make, notices_of: Make, hear: Make
) -> None:
    creator, member, other, group = (new_id() for _ in range(4))
    hear(registered(member, "ali", "Ali Ahmed"))
    hear(happened(khatma.MEMBER_INVITED, member, khatma=group, by=creator))
    hear(happened(khatma.MEMBER_JOINED, group, member=member, creator=creator))
    hear(happened(khatma.PARTS_CLAIMED, group, member=member, chapters=[7]))
    hear(
        happened(
            khatma.PART_COMPLETED, group, member=member, other_members=[creator, other], done=30
        ),
    )
    hear(
        happened(khatma.COMPLETED, group, members=[creator, member, other], creator=creator),
    )
    hear(happened(khatma.ACHIEVEMENT_EARNED, member, member=member, khatma=group))

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
    new_id: NewId, happened: Make, notices_of: Make, announced: Make, hear: Make
) -> None:
    member = new_id()
    event = happened(khatma.PARTS_CLAIMED, new_id(), actor=member, member=member)
    for _ in range(3):
        hear(event)
    assert len(notices_of(member)) == 1
    assert announced(member) == [("notification_created.v1", member)]


@pytest.mark.parametrize("kind", ["a registration", "any other"])
def test_an_event_that_comes_again_when_its_fact_is_forgotten_is_told_once(
    db: Database,
    new_id: NewId,
    registered: Make,
    happened: Make,
    notices_of: Make,
    hear: Make,
    kind: str,
) -> None:
    """As one that was parked for days: facts are kept for a few, what came in for a month."""
    person = new_id()
    if kind == "a registration":
        event = registered(person, "layla")
    else:
        event = happened(khatma.PARTS_CLAIMED, new_id(), actor=person, member=person)
    for _ in range(2):
        hear(event)
        with db.transaction() as tx:
            tx.tell(text("delete from told where person_id = :person"), person=person)
    assert len(notices_of(person)) == 1


def test_a_name_that_comes_late_appears_and_a_newer_one_replaces_it(
    new_id: NewId, happened: Make, registered: Make, notices_of: Make, hear: Make
) -> None:
    creator, member = new_id(), new_id()
    hear(happened(khatma.MEMBER_JOINED, new_id(), member=member, creator=creator))
    assert notices_of(creator)[0]["title"] == f"A member joined {KHATMA}"
    newer = happened(auth.USER_UPDATED, member, username="ali", fullname="Ali A.", version=2)
    hear(newer)
    assert notices_of(creator)[0]["title"] == f"\u2068Ali A.\u2069 joined {KHATMA}"
    hear(registered(member, "ali", "Ali Ahmed"))
    assert notices_of(creator)[0]["title"] == f"\u2068Ali A.\u2069 joined {KHATMA}"
    assert notices_of(member)[0]["title"] == "Welcome to Sakina, \u2068Ali A.\u2069"


def test_a_deleted_person_leaves_nothing_behind_and_is_told_nothing_more(
    db: Database,
    new_id: NewId,
    happened: Make,
    registered: Make,
    notices_of: Make,
    announced: Make,
    hear: Make,
    ask: Make,
) -> None:
    creator, member, group = new_id(), new_id(), new_id()
    welcome = registered(member, "ali", "Ali Ahmed")
    hear(welcome)
    hear(happened(khatma.MEMBER_JOINED, group, member=member, creator=creator))
    hear(happened(auth.USER_DELETED, member))
    hear(registered(member, "ali", "Ali Ahmed", version=9))
    hear(happened(khatma.COMPLETED, group, members=[creator, member]))

    assert ask(methods.UNREAD, by=member) == {"unread": 0}
    rows = db.reader.ask(text("select count(*) from notification where person_id = :id"), id=member)
    assert rows[0][0] == 0
    left = db.reader.ask(text("select username, fullname from person where id = :id"), id=member)
    assert list(left[0]) == ["", ""]
    assert db.reader.ask(text("select from told where person_id = :id"), id=member) == []
    assert announced(member)[-1] == ("data_erased.v1", member)
    titles = [notice["title"] for notice in notices_of(creator)]
    assert titles == [
        "“\u2068ختمة رمضان\u2069” is complete",
        "A former member joined “\u2068ختمة رمضان\u2069”",
    ]


def test_a_deletion_that_comes_before_the_registration_wins(
    new_id: NewId, happened: Make, registered: Make, hear: Make, ask: Make
) -> None:
    person = new_id()
    welcome: Event[Any] = registered(person, "ali")
    hear(happened(auth.USER_DELETED, person))
    hear(welcome)
    assert ask(methods.UNREAD, by=person) == {"unread": 0}


def test_an_erasure_that_comes_again_is_announced_once_and_leaves_no_answer(
    db: Database, new_id: NewId, happened: Make, announced: Make, hear: Make, ask: Make
) -> None:
    person = new_id()
    hear(happened(khatma.COMPLETED, new_id(), members=[person]))
    ask(methods.MARK_ALL_READ, by=person, key=f"erasure-{person}")
    answers = text("select from command where actor = :id")
    assert len(db.reader.ask(answers, id=person)) == 1
    event = happened(auth.USER_DELETED, person)
    for _ in range(3):
        hear(event)
    assert db.reader.ask(answers, id=person) == []
    assert [kind for kind, _ in announced(person)].count("data_erased.v1") == 1


def test_a_change_of_name_that_comes_again_waits_for_nobody(
    db: Database, new_id: NewId, happened: Make, hear: Make
) -> None:
    """It was taken in, so nothing of the person is touched, whoever holds their list meanwhile."""
    person = new_id()
    event = happened(auth.USER_UPDATED, person, username="ali", version=2)
    hear(event)
    with db.transaction() as busy:
        busy.ask(text("select from person where id = :id for update"), id=person)
        with eventlet.Timeout(5):
            hear(event)


def test_people_are_taken_in_the_order_of_their_ids(
    db: Database, new_id: NewId, happened: Make, hear: Make
) -> None:
    """Events to one group then never wait for each other in a circle."""
    members = [new_id() for _ in range(40)]
    with db.transaction() as tx:
        for person in reversed(members):
            tx.ask(text("insert into person (id) values (:id)"), id=person)
    take = text(
        "select id from person where id = any(cast(:ids as bigint[])) for no key update skip locked"
    )
    for nth in (0, 7, 23, 39):
        event = happened(khatma.COMPLETED, new_id(), members=members)
        with db.transaction() as holder:
            holder.ask(take, ids=[members[nth]])
            teller = eventlet.spawn(hear, event)
            until_locked_out(db)
            with db.transaction() as tx:
                free = {row.id for row in tx.ask(take, ids=members)}
            assert set(members) - free == set(members[: nth + 1])
        teller.wait()


def test_people_of_whom_nothing_came_yet_are_taken_in_the_order_of_their_ids(
    db: Database, new_id: NewId, happened: Make, hear: Make
) -> None:
    low = 16 * new_id() + 10**12 + 7
    high = low + 1
    assert list({low, high}) == [high, low], "a set gives these two in the other order"
    arrive = text("insert into person (id) values (:id)")
    with db.transaction() as holder:
        holder.ask(arrive, id=low)
        event = happened(khatma.COMPLETED, new_id(), members=[low, high])
        teller = eventlet.spawn(hear, event)
        until_locked_out(db)
        with pytest.raises(ZeroDivisionError), db.transaction() as tx:
            tx.ask(text("set local lock_timeout = '2s'"))
            tx.ask(arrive, id=high)
            raise ZeroDivisionError
    teller.wait()
