"""An unread invitation goes with its khatma."""

from collections.abc import Callable
from typing import Any

import eventlet
import pytest
from sqlalchemy import text

from chassis.data.database import Database
from contracts.auth import events as auth
from contracts.events import Envelope
from contracts.khatma import events as khatma
from contracts.notify import methods
from notify.domain.restraint import MOST_BY_ONE
from notify.usecases import khatmas, people, reading, telling

NewId = Callable[[], int]
Make = Callable[..., Any]


@pytest.fixture
def invitation(happened: Make) -> Callable[[int, int, int], Envelope]:
    """A person is invited to a khatma by another."""
    return lambda group, person, by: happened(
        khatma.MEMBER_INVITED, group, actor=by, member=person, by=by
    )


def counted(db: Database, person: int) -> tuple[int, int, int]:
    """Their counters, and how many notifications they really have."""
    rows = db.read(
        text(
            "select total, unread, (select count(*) from notification where person_id = :id) "
            "from person where id = :id"
        ),
        id=person,
    )
    return tuple(rows[0])


def test_an_unread_invitation_goes_with_its_khatma_and_a_read_one_stays(
    db: Database,
    new_id: NewId,
    happened: Make,
    invitation: Make,
    asks: Make,
    notices_of: Make,
    announced: Make,
) -> None:
    reader, person, creator, group, other = (new_id() for _ in range(5))
    for each in (reader, person):
        telling.member_invited(db, invitation(group, each, creator))
        telling.member_invited(db, invitation(other, each, creator))
    for notice in notices_of(reader):
        reading.mark_read(db, asks(methods.MARK_READ, reader, id=notice["id"]))
    telling.part_completed(db, happened(khatma.PART_COMPLETED, group, other_members=[person]))

    event = happened(khatma.DELETED, group, actor=creator)
    for _ in range(3):
        khatmas.deleted(db, event)
    seen = [(each["notification_type"], each["related_khatma"]) for each in notices_of(person)]
    assert seen == [("chapter_completed", group), ("khatma_invitation", other)]
    assert len(notices_of(reader)) == 2
    assert (counted(db, person), counted(db, reader)) == ((2, 2, 2), (2, 0, 2))
    assert announced(person)[-1] == ("notification_withdrawn.v1", creator)
    assert announced(person).count(("notification_withdrawn.v1", creator)) == 1


def test_an_invitation_that_comes_after_the_end_of_its_khatma_is_not_told(
    db: Database, new_id: NewId, happened: Make, invitation: Make, notices_of: Make
) -> None:
    person, creator, group = new_id(), new_id(), new_id()
    invited = invitation(group, person, creator)
    khatmas.deleted(db, happened(khatma.DELETED, group, actor=creator))
    telling.member_invited(db, invited)
    assert notices_of(person) == []


def test_inviting_and_deleting_leaves_nothing_and_keeps_the_limit(
    db: Database,
    new_id: NewId,
    happened: Make,
    invitation: Make,
    notices_of: Make,
    announced: Make,
) -> None:
    person, creator = new_id(), new_id()
    for _ in range(2 * MOST_BY_ONE):
        group = new_id()
        telling.member_invited(db, invitation(group, person, creator))
        khatmas.deleted(db, happened(khatma.DELETED, group, actor=creator))
    assert notices_of(person) == []
    assert len(announced(person)) == 2 * MOST_BY_ONE
    assert counted(db, person) == (0, 0, 0)


def test_more_people_than_a_batch_are_uninvited(
    db: Database,
    new_id: NewId,
    happened: Make,
    invitation: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(khatmas, "BATCH", 3)
    invited, group, creator = [new_id() for _ in range(10)], new_id(), new_id()
    for person in invited:
        telling.member_invited(db, invitation(group, person, creator))
    khatmas.deleted(db, happened(khatma.DELETED, group, actor=creator))
    assert [counted(db, person) for person in invited] == [(0, 0, 0)] * 10


def test_an_invitation_beside_the_end_of_its_khatma_does_not_stay(
    db: Database, new_id: NewId, happened: Make, invitation: Make
) -> None:
    """Both may take any step before the other: never does an invitation remain."""
    invited, creator = [new_id() for _ in range(40)], new_id()
    pool = eventlet.GreenPool(8)
    waiting = []
    for person in invited:
        group = new_id()
        deeds = [
            (telling.member_invited, invitation(group, person, creator)),
            (khatmas.deleted, happened(khatma.DELETED, group, actor=creator)),
        ]
        waiting += [pool.spawn(deed, db, event) for deed, event in deeds]
    for each in waiting:
        each.wait()
    left = db.read(
        text("select count(*) from notification where person_id = any(:ids)"), ids=invited
    )
    assert left[0][0] == 0


def test_a_telling_under_way_is_waited_for_and_then_withdrawn(
    db: Database, new_id: NewId, happened: Make, invitation: Make
) -> None:
    person, creator, group = new_id(), new_id(), new_id()
    telling.member_invited(db, invitation(new_id(), person, creator))
    with db.transaction() as busy:
        busy.execute(text("select from person where id = :id for update"), {"id": person})
        told = eventlet.spawn(telling.member_invited, db, invitation(group, person, creator))
        until(db, "not granted and locktype = 'transactionid'")
        ended = eventlet.spawn(khatmas.deleted, db, happened(khatma.DELETED, group, actor=creator))
        until(db, "not granted and locktype = 'advisory'")
    told.wait()
    ended.wait()
    assert counted(db, person) == (1, 1, 1)


def until(db: Database, locks: str) -> None:
    """Wait until there is such a lock."""
    with eventlet.Timeout(10):
        while not db.read(text(f"select count(*) from pg_locks where {locks}"))[0][0]:
            eventlet.sleep(0.01)


def test_the_invitations_of_one_who_is_gone_are_left_to_their_erasure(
    db: Database, new_id: NewId, happened: Make, invitation: Make
) -> None:
    person, creator, group = new_id(), new_id(), new_id()
    telling.member_invited(db, invitation(group, person, creator))
    with db.transaction() as tx:
        tx.execute(
            text("update person set deleted_at = now(), total = 0, unread = 0 where id = :id"),
            {"id": person},
        )
    khatmas.deleted(db, happened(khatma.DELETED, group, actor=creator))
    people.deleted(db, happened(auth.USER_DELETED, person))
    assert counted(db, person) == (0, 0, 0)
