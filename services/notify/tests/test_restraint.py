"""Nobody is told too often: a fact once within a day, and by one person so much within an hour."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import uuid4

import eventlet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import text

from chassis.data.database import Database
from contracts.events import Event
from contracts.khatma import events as khatma
from contracts.practice import events as practice
from notify.domain import notices
from notify.domain.notices import Khatma
from notify.domain.restraint import MOST_BY_ONE, MOST_WITH_COMPLETIONS
from notify.store import told

NewId = Callable[[], int]
Make = Callable[..., Any]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


@pytest.fixture
def joined(happened: Make, hear: Make) -> Callable[..., None]:
    """Have a person join the khatma of another, at a time."""

    def join(group: int, member: int, creator: int, at: datetime | None = None) -> None:
        event = happened(khatma.MEMBER_JOINED, group, actor=member, member=member, creator=creator)
        hear(event if at is None else happened_at(event, at))

    return join


@pytest.fixture
def invited(happened: Make, hear: Make) -> Callable[..., None]:
    """Have a person invited to a khatma by another, at a time."""

    def invite(group: int, member: int, by: int, at: datetime | None = None) -> None:
        event = happened(khatma.MEMBER_INVITED, member, actor=by, khatma=group, by=by)
        hear(event if at is None else happened_at(event, at))

    return invite


def happened_at(event: Event[Any], at: datetime) -> Event[Any]:
    return replace(event, time=at)


def test_joining_and_leaving_forty_times_is_told_once(
    new_id: NewId, happened: Make, joined: Make, notices_of: Make, announced: Make, hear: Make
) -> None:
    creator, member, group = new_id(), new_id(), new_id()
    for _ in range(40):
        joined(group, member, creator)
        claimed = happened(khatma.PARTS_CLAIMED, group, actor=member, member=member, chapters=[2])
        hear(claimed)
    assert [each["notification_type"] for each in notices_of(creator)] == ["khatma_joined"]
    assert [each["notification_type"] for each in notices_of(member)] == ["chapter_assigned"]
    assert announced(creator) == [("notification_created.v1", member)]


def test_a_repeated_invitation_is_told_once_whoever_repeats_it(
    new_id: NewId, invited: Make, notices_of: Make
) -> None:
    person, group = new_id(), new_id()
    for _ in range(5):
        invited(group, person, by=new_id())
    assert len(notices_of(person)) == 1


def test_who_gains_and_loses_the_lead_is_told_once(
    new_id: NewId, happened: Make, notices_of: Make, hear: Make
) -> None:
    leaders = [new_id(), new_id()]
    for turn in range(30):
        leader = leaders[turn % 2]
        event = happened(practice.LEADER_CHANGED, "all", leader=leader, total_minutes=turn)
        hear(event)
    assert [len(notices_of(leader)) for leader in leaders] == [1, 1]


def test_another_khatma_another_member_and_another_chapter_are_other_facts(
    new_id: NewId, happened: Make, joined: Make, notices_of: Make, hear: Make
) -> None:
    creator, member, group = new_id(), new_id(), new_id()
    joined(group, member, creator)
    joined(group, new_id(), creator)
    joined(new_id(), member, creator)
    for chapter in (2, 3):
        done = happened(
            khatma.PART_COMPLETED, group, member=member, chapter=chapter, other_members=[creator]
        )
        hear(done)
    for each in (group, new_id()):
        hear(happened(khatma.COMPLETED, each, members=[creator]))
    for achievement in ("streak_7", "streak_30"):
        earned = happened(
            khatma.ACHIEVEMENT_EARNED, creator, member=creator, achievement=achievement
        )
        hear(earned)
    assert len(notices_of(creator)) == 3 + 2 + 2 + 2


@pytest.mark.parametrize(
    ("later", "told"), [(A_DAY - A_SECOND, 1), (A_DAY, 2), (A_SECOND - A_DAY, 1), (-A_DAY, 2)]
)
def test_after_a_day_it_is_news_again_in_whichever_order_the_events_come(
    new_id: NewId, joined: Make, notices_of: Make, later: timedelta, told: int
) -> None:
    creator, member, group = new_id(), new_id(), new_id()
    joined(group, member, creator, at=NOON)
    joined(group, member, creator, at=NOON + later)
    assert len(notices_of(creator)) == told


def test_one_person_makes_no_more_than_the_limit_appear_for_another_in_an_hour(
    new_id: NewId, invited: Make, notices_of: Make
) -> None:
    person, pest, friend = new_id(), new_id(), new_id()
    for nth in range(2 * MOST_BY_ONE):
        invited(new_id(), person, by=pest, at=NOON + nth * A_SECOND)
    assert len(notices_of(person)) == MOST_BY_ONE
    invited(new_id(), person, by=friend, at=NOON)
    assert len(notices_of(person)) == MOST_BY_ONE + 1
    invited(new_id(), person, by=pest, at=NOON + AN_HOUR)
    assert len(notices_of(person)) == MOST_BY_ONE + 2
    other = new_id()
    invited(new_id(), other, by=pest, at=NOON)
    assert len(notices_of(other)) == 1


def test_all_kinds_count_together(
    new_id: NewId, happened: Make, invited: Make, joined: Make, notices_of: Make, hear: Make
) -> None:
    person, pest = new_id(), new_id()
    for _ in range(MOST_BY_ONE):
        group = new_id()
        invited(group, person, by=pest)
        joined(group, pest, creator=person)
        done = happened(khatma.PART_COMPLETED, group, member=pest, other_members=[person])
        hear(done)
    assert len(notices_of(person)) == MOST_BY_ONE


def test_a_completed_khatma_is_told_after_many_chapters_by_its_last_reader(
    new_id: NewId, happened: Make, notices_of: Make, hear: Make
) -> None:
    person, reader, group = new_id(), new_id(), new_id()
    for chapter in range(1, 31):
        done = happened(
            khatma.PART_COMPLETED,
            group,
            actor=reader,
            member=reader,
            chapter=chapter,
            other_members=[person],
        )
        hear(done)
    complete = happened(khatma.COMPLETED, group, actor=reader, members=[person, reader])
    hear(complete)
    assert len(notices_of(person, "khatma_completed")) == 1
    for _ in range(30):
        hear(happened(khatma.COMPLETED, new_id(), actor=reader, members=[person, reader]))
    assert len(notices_of(person)) == MOST_WITH_COMPLETIONS


def test_what_people_do_themselves_and_what_nobody_does_is_not_limited(
    new_id: NewId, happened: Make, notices_of: Make, hear: Make
) -> None:
    person = new_id()
    for _ in range(2 * MOST_BY_ONE):
        claimed = happened(khatma.PARTS_CLAIMED, new_id(), actor=person, member=person)
        hear(claimed)
        hear(happened(khatma.COMPLETED, new_id(), members=[person]))
    assert len(notices_of(person)) == 4 * MOST_BY_ONE


def test_events_at_once_tell_a_fact_once_and_keep_the_limit(
    new_id: NewId, happened: Make, invited: Make, notices_of: Make, hear: Make
) -> None:
    people, pest, group = [new_id() for _ in range(5)], new_id(), new_id()
    pool = eventlet.GreenPool(8)
    same = [
        happened(khatma.COMPLETED, group, members=random.Random(n).sample(people, 5))
        for n in range(16)
    ]
    waiting = [pool.spawn(hear, event) for event in same]
    waiting += [pool.spawn(invited, new_id(), people[0], pest) for _ in range(2 * MOST_BY_ONE)]
    for each in waiting:
        each.wait()
    assert [len(notices_of(person, "khatma_completed")) for person in people] == [1] * 5
    assert len(notices_of(people[0], "khatma_invitation")) == MOST_BY_ONE


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=some.lists(
        some.tuples(some.integers(0, 3 * 24 * 60), some.integers(0, 2), some.integers(0, 30)),
        min_size=30,
        max_size=120,
    )
)
def test_whatever_happens_in_whichever_order_the_list_keeps_both_laws(
    db: Database, new_id: NewId, invited: Make, acts: list[tuple[int, int, int]]
) -> None:
    """Acts are (minute, who invites, to which khatma); most are in the first of three days."""
    person, pests, groups = new_id(), [new_id() for _ in range(3)], [new_id() for _ in range(31)]
    for minute, pest, group in acts:
        at = NOON + timedelta(minutes=minute if minute % 5 == 0 else minute % 90)
        invited(groups[group], person, by=pests[pest], at=at)
    rows = db.reader.ask(
        text("select khatma_id, about, created_at from notification where person_id = :id"),
        id=person,
    )
    for one, other in combinations(rows, 2):
        same = one.khatma_id == other.khatma_id
        assert not same or abs(one.created_at - other.created_at) >= A_DAY
    for row in rows:
        within = [
            each
            for each in rows
            if each.about == row.about
            and row.created_at <= each.created_at < row.created_at + AN_HOUR
        ]
        assert len(within) <= MOST_BY_ONE
    assert {row.khatma_id for row in rows} <= {groups[group] for _, _, group in acts}
    assert rows


def test_what_was_told_is_looked_up_by_index_however_much_there_is(
    connection: Any, db: Database, new_id: NewId, plans: Make
) -> None:
    person, pest = new_id(), new_id()
    many = """
        insert into told
        select n %% 100, 'khatma_joined/' || n, %s, %s - n * interval '1 second'
        from generate_series(1, 30000) as n;
        analyze told, person
    """
    with connection.cursor() as cursor:
        cursor.execute(many, [pest, NOON])
    notice = notices.member_joined(Khatma(7, "Ramadan"), member=pest, creator=person)

    def tell() -> None:
        with db.transaction() as tx:
            told.tell(tx, notice, uuid4(), NOON, pest)

    nodes = plans(connection, tell)
    with connection.cursor() as cursor:
        cursor.execute("delete from told where by_id = %s", [pest])
    assert {"told_fact", "told_by"} <= {node.get("Index Name") for node in nodes}
    assert not [
        node
        for node in nodes
        if (node["Node Type"], node.get("Relation Name")) == ("Seq Scan", "told")
    ]
