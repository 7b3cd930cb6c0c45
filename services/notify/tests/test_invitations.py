"""An unread invitation goes with its khatma."""

from collections.abc import Callable
from typing import Any

import eventlet
import pytest
from sqlalchemy import text

from chassis.data.database import Database
from chassis.process import clock
from chassis.testing import until_locked_out
from contracts.auth import events as auth
from contracts.events import Event
from contracts.khatma import events as khatma
from contracts.notify import methods
from notify.domain.restraint import MOST_BY_ONE
from notify.store import lists
from notify.usecases import khatmas

NewId = Callable[[], int]
Make = Callable[..., Any]


@pytest.fixture
def invitation(happened: Make) -> Callable[[int, int, int], Event[Any]]:
    """A person is invited to a khatma by another."""
    return lambda group, person, by: happened(
        khatma.MEMBER_INVITED, person, actor=by, khatma=group, by=by
    )


def counted(db: Database, person: int) -> tuple[int, int, int]:
    """Their counters, and how many notifications they really have."""
    rows = db.reader.ask(
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
    notices_of: Make,
    announced: Make,
    hear: Make,
    ask: Make,
) -> None:
    reader, person, creator, group, other = (new_id() for _ in range(5))
    for each in (reader, person):
        hear(invitation(group, each, creator))
        hear(invitation(other, each, creator))
    for notice in notices_of(reader):
        ask(methods.MARK_READ, by=reader, id=notice["id"])
    hear(happened(khatma.PART_COMPLETED, group, other_members=[person]))

    event = happened(khatma.DELETED, group, actor=creator)
    for _ in range(3):
        hear(event)
    seen = [(each["notification_type"], each["related_khatma"]) for each in notices_of(person)]
    assert seen == [("chapter_completed", group), ("khatma_invitation", other)]
    assert len(notices_of(reader)) == 2
    assert (counted(db, person), counted(db, reader)) == ((2, 2, 2), (2, 0, 2))
    assert announced(person)[-1] == ("notification_withdrawn.v1", creator)
    assert announced(person).count(("notification_withdrawn.v1", creator)) == 1


def test_an_invitation_that_comes_after_the_end_of_its_khatma_is_not_told(
    new_id: NewId, happened: Make, invitation: Make, notices_of: Make, hear: Make
) -> None:
    person, creator, group = new_id(), new_id(), new_id()
    invited = invitation(group, person, creator)
    hear(happened(khatma.DELETED, group, actor=creator))
    hear(invited)
    assert notices_of(person) == []


def test_inviting_and_deleting_leaves_nothing_and_keeps_the_limit(
    db: Database,
    new_id: NewId,
    happened: Make,
    invitation: Make,
    notices_of: Make,
    announced: Make,
    hear: Make,
) -> None:
    person, creator = new_id(), new_id()
    for _ in range(2 * MOST_BY_ONE):
        group = new_id()
        hear(invitation(group, person, creator))
        hear(happened(khatma.DELETED, group, actor=creator))
    assert notices_of(person) == []
    assert len(announced(person)) == 2 * MOST_BY_ONE
    assert counted(db, person) == (0, 0, 0)


def test_more_people_than_a_batch_are_uninvited(
    db: Database,
    new_id: NewId,
    happened: Make,
    invitation: Make,
    monkeypatch: pytest.MonkeyPatch,
    hear: Make,
) -> None:
    monkeypatch.setattr(khatmas, "BATCH", 3)
    invited, group, creator = [new_id() for _ in range(10)], new_id(), new_id()
    for person in invited:
        hear(invitation(group, person, creator))
    hear(happened(khatma.DELETED, group, actor=creator))
    assert [counted(db, person) for person in invited] == [(0, 0, 0)] * 10


def test_an_invitation_beside_the_end_of_its_khatma_does_not_stay(
    db: Database, new_id: NewId, happened: Make, invitation: Make, hear: Make
) -> None:
    """Both may take any step before the other: never does an invitation remain."""
    invited, creator = [new_id() for _ in range(40)], new_id()
    pool = eventlet.GreenPool(8)
    waiting = []
    for person in invited:
        group = new_id()
        deeds = [
            invitation(group, person, creator),
            happened(khatma.DELETED, group, actor=creator),
        ]
        waiting += [pool.spawn(hear, event) for event in deeds]
    for each in waiting:
        each.wait()
    left = db.reader.ask(
        text("select count(*) from notification where person_id = any(cast(:ids as bigint[]))"),
        ids=invited,
    )
    assert left[0][0] == 0


def test_a_telling_under_way_is_waited_for_and_then_withdrawn(
    db: Database, new_id: NewId, happened: Make, invitation: Make, hear: Make
) -> None:
    person, creator, group = new_id(), new_id(), new_id()
    hear(invitation(new_id(), person, creator))
    with db.transaction() as busy:
        busy.ask(text("select from person where id = :id for update"), id=person)
        told = eventlet.spawn(hear, invitation(group, person, creator))
        until_locked_out(db, by="transactionid")
        ended = eventlet.spawn(hear, happened(khatma.DELETED, group, actor=creator))
        until_locked_out(db, by="advisory")
    told.wait()
    ended.wait()
    assert counted(db, person) == (1, 1, 1)


def test_an_invitation_that_is_read_as_its_khatma_ends_stays(
    db: Database,
    new_id: NewId,
    happened: Make,
    invitation: Make,
    notices_of: Make,
    hear: Make,
) -> None:
    """The end saw it unread, and waited for its reader."""
    person, creator, group = new_id(), new_id(), new_id()
    hear(invitation(group, person, creator))
    (notice,) = notices_of(person)
    with db.transaction() as busy:
        assert lists.mark_read(busy, person, notice["id"], clock.now()).newly
        ended = eventlet.spawn(hear, happened(khatma.DELETED, group, actor=creator))
        until_locked_out(db, by="transactionid")
    ended.wait()
    assert counted(db, person) == (1, 0, 1)


def test_the_invitations_of_one_who_is_gone_are_left_to_their_erasure(
    db: Database, new_id: NewId, happened: Make, invitation: Make, hear: Make
) -> None:
    person, creator, group = new_id(), new_id(), new_id()
    hear(invitation(group, person, creator))
    with db.transaction() as tx:
        tx.ask(
            text("update person set deleted_at = now(), total = 0, unread = 0 where id = :id"),
            id=person,
        )
    hear(happened(khatma.DELETED, group, actor=creator))
    hear(happened(auth.USER_DELETED, person))
    assert counted(db, person) == (0, 0, 0)
