"""Nobody is told too often: a fact once within a day, and by one person so much within an hour."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import eventlet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import create_engine, text

from chassis.data.database import Database
from contracts.events import Envelope
from contracts.khatma import events as khatma
from contracts.practice import events as practice
from notify.domain.restraint import MOST_BY_ONE, MOST_WITH_COMPLETIONS
from notify.store import notifications
from notify.usecases import telling

NewId = Callable[[], int]
Make = Callable[..., Any]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


@pytest.fixture
def joined(db: Database, happened: Make) -> Callable[..., None]:
    """Have a person join the khatma of another, at a time."""

    def join(group: int, member: int, creator: int, at: datetime | None = None) -> None:
        event = happened(khatma.MEMBER_JOINED, group, actor=member, member=member, creator=creator)
        telling.member_joined(db, event if at is None else happened_at(event, at))

    return join


@pytest.fixture
def invited(db: Database, happened: Make) -> Callable[..., None]:
    """Have a person invited to a khatma by another, at a time."""

    def invite(group: int, member: int, by: int, at: datetime | None = None) -> None:
        event = happened(khatma.MEMBER_INVITED, group, actor=by, member=member, by=by)
        telling.member_invited(db, event if at is None else happened_at(event, at))

    return invite


def happened_at(event: Envelope, at: datetime) -> Envelope:
    return event.model_copy(update={"time": at})


def test_joining_and_leaving_forty_times_is_told_once(
    db: Database, new_id: NewId, happened: Make, joined: Make, notices_of: Make, announced: Make
) -> None:
    creator, member, group = new_id(), new_id(), new_id()
    for _ in range(40):
        joined(group, member, creator)
        claimed = happened(khatma.PARTS_CLAIMED, group, actor=member, member=member, chapters=[2])
        telling.parts_claimed(db, claimed)
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
    db: Database, new_id: NewId, happened: Make, notices_of: Make
) -> None:
    leaders = [new_id(), new_id()]
    for turn in range(30):
        leader = leaders[turn % 2]
        event = happened(practice.LEADER_CHANGED, "all", leader=leader, total_minutes=turn)
        telling.leader_changed(db, event)
    assert [len(notices_of(leader)) for leader in leaders] == [1, 1]


def test_another_khatma_another_member_and_another_chapter_are_other_facts(
    db: Database, new_id: NewId, happened: Make, joined: Make, notices_of: Make
) -> None:
    creator, member, group = new_id(), new_id(), new_id()
    joined(group, member, creator)
    joined(group, new_id(), creator)
    joined(new_id(), member, creator)
    for chapter in (2, 3):
        done = happened(
            khatma.PART_COMPLETED, group, member=member, chapter=chapter, other_members=[creator]
        )
        telling.part_completed(db, done)
    for each in (group, new_id()):
        telling.completed(db, happened(khatma.COMPLETED, each, members=[creator]))
    for achievement in ("streak_7", "streak_30"):
        earned = happened(
            khatma.ACHIEVEMENT_EARNED, creator, member=creator, achievement=achievement
        )
        telling.achievement_earned(db, earned)
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
    db: Database, new_id: NewId, happened: Make, invited: Make, joined: Make, notices_of: Make
) -> None:
    person, pest = new_id(), new_id()
    for _ in range(MOST_BY_ONE):
        group = new_id()
        invited(group, person, by=pest)
        joined(group, pest, creator=person)
        done = happened(khatma.PART_COMPLETED, group, member=pest, other_members=[person])
        telling.part_completed(db, done)
    assert len(notices_of(person)) == MOST_BY_ONE


def test_a_completed_khatma_is_told_after_many_chapters_by_its_last_reader(
    db: Database, new_id: NewId, happened: Make, notices_of: Make
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
        telling.part_completed(db, done)
    complete = happened(khatma.COMPLETED, group, actor=reader, members=[person, reader])
    telling.completed(db, complete)
    assert len(notices_of(person, "khatma_completed")) == 1
    for _ in range(30):
        telling.completed(
            db, happened(khatma.COMPLETED, new_id(), actor=reader, members=[person, reader])
        )
    assert len(notices_of(person)) == MOST_WITH_COMPLETIONS


def test_what_people_do_themselves_and_what_nobody_does_is_not_limited(
    db: Database, new_id: NewId, happened: Make, notices_of: Make
) -> None:
    person = new_id()
    for _ in range(2 * MOST_BY_ONE):
        claimed = happened(khatma.PARTS_CLAIMED, new_id(), actor=person, member=person)
        telling.parts_claimed(db, claimed)
        telling.completed(db, happened(khatma.COMPLETED, new_id(), members=[person]))
    assert len(notices_of(person)) == 4 * MOST_BY_ONE


def test_events_at_once_tell_a_fact_once_and_keep_the_limit(
    db: Database, new_id: NewId, happened: Make, invited: Make, notices_of: Make
) -> None:
    people, pest, group = [new_id() for _ in range(5)], new_id(), new_id()
    pool = eventlet.GreenPool(8)
    same = [
        happened(khatma.COMPLETED, group, members=random.Random(n).sample(people, 5))
        for n in range(16)
    ]
    waiting = [pool.spawn(telling.completed, db, event) for event in same]
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
    rows = db.read(
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
    migrated: Any, db: Database, new_id: NewId
) -> None:
    pest = new_id()
    with db.transaction() as tx:
        many = """
            insert into told
            select n % 100, 'khatma_joined/' || n, :by, :noon - n * interval '1 second'
            from generate_series(1, 30000) as n
        """
        tx.execute(text(many), {"by": pest, "noon": NOON})
    owner = create_engine(migrated.owner_url("notify"), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("analyze told, person"))
    owner.dispose()
    *_, tell = notifications._TELL.text.split(";")
    values = dict.fromkeys(("about", "khatma_id", "khatma_name"))
    plan = db.read(
        text(f"explain (format json) {tell}"),
        readers=[1, 2, 3],
        by=pest,
        fact="khatma_joined/7",
        day_before=NOON - A_DAY,
        day_after=NOON + A_DAY,
        hour_before=NOON - AN_HOUR,
        hour_after=NOON + AN_HOUR,
        most=MOST_BY_ONE,
        at=NOON,
        event_id="0198c5d2-f3a1-7c51-9d0e-2b6f4a8c1e37",
        kind="khatma_joined",
        facts="{}",
        **values,
    )[0][0]
    with db.transaction() as tx:
        tx.execute(text("delete from told where by_id = :by"), {"by": pest})
    nodes = list(walk(plan[0]["Plan"]))
    assert {"told_fact", "told_by"} <= {node.get("Index Name") for node in nodes}
    assert not [
        node
        for node in nodes
        if (node["Node Type"], node.get("Relation Name")) == ("Seq Scan", "told")
    ]


def walk(node: dict[str, Any]) -> Any:
    yield node
    for child in node.get("Plans", []):
        yield from walk(child)
