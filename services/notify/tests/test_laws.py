"""What holds whatever comes in whichever order."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import eventlet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import text

from chassis.data.database import Database
from contracts.auth import events as auth
from contracts.events import Event
from contracts.khatma import events as khatma
from contracts.notify import methods
from contracts.practice import events as practice
from contracts.refusals import Unauthenticated
from notify.usecases import sweeping

NewId = Callable[[], int]
Make = Callable[..., Any]


def what_all_see(ask: Make, readers: list[int]) -> list[Any]:
    """What each reader sees, by names that are the same for every set of ids."""
    seen: list[Any] = []
    for person in readers:
        try:
            page = ask(methods.LIST, by=person, page_size=100)
        except Unauthenticated:
            seen.append("gone")
            continue
        unread = ask(methods.UNREAD, by=person)["unread"]
        seen.append(
            (page["count"], unread, [(n["title"], n["created_at"]) for n in page["results"]])
        )
    return seen


def a_story(new_id: NewId, happened: Make, registered: Make) -> tuple[list[int], list[Event[Any]]]:
    """Everything that can happen to five people, one of whom leaves for good."""
    ali, layla, omar, sara, late = (new_id() for _ in range(5))
    group, ended = new_id(), new_id()
    everyone = [ali, layla, omar, sara]
    events = [
        *(registered(person, f"u{n}", f"Person {n}") for n, person in enumerate(everyone)),
        happened(auth.USER_UPDATED, layla, username="layla", fullname="ليلى حسن", version=2),
        happened(auth.USER_UPDATED, layla, username="layla", fullname="ليلى", version=3),
        happened(practice.LEADER_CHANGED, "all", leader=ali, total_minutes=30),
        happened(practice.LEADER_CHANGED, "all", leader=layla, total_minutes=60),
        happened(khatma.MEMBER_INVITED, omar, khatma=group, by=ali),
        happened(khatma.MEMBER_INVITED, omar, khatma=ended, by=layla),
        happened(khatma.DELETED, ended, actor=layla),
        happened(khatma.MEMBER_JOINED, group, member=layla, creator=ali),
        happened(khatma.MEMBER_JOINED, group, member=sara, creator=ali),
        happened(khatma.PARTS_CLAIMED, group, member=layla, chapters=[2]),
        happened(khatma.PART_COMPLETED, group, member=layla, chapter=2, other_members=[ali, sara]),
        happened(khatma.PART_COMPLETED, group, member=sara, chapter=3, other_members=[ali, layla]),
        happened(auth.USER_DELETED, sara),
        happened(khatma.COMPLETED, group, members=[ali, layla, late], creator=ali),
        happened(khatma.ACHIEVEMENT_EARNED, layla, member=layla, khatma=group),
    ]
    return [*everyone, late], events


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=some.integers(0, 2**32))
def test_each_event_three_times_in_any_order_leads_to_the_same(
    new_id: NewId, happened: Make, registered: Make, seed: int, hear: Make, ask: Make
) -> None:
    readers, events = a_story(new_id, happened, registered)
    for event in events:
        hear(event)
    in_order = what_all_see(ask, readers)

    others, again = a_story(new_id, happened, registered)
    shift = events[0].time - again[0].time
    again = [replace(event, time=event.time + shift) for event in again]
    deliveries = again * 3
    random.Random(seed).shuffle(deliveries)
    for event in deliveries:
        hear(event)
    assert what_all_see(ask, others) == in_order


def test_the_counters_are_exact_whatever_happens_at_once(
    db: Database, new_id: NewId, happened: Make, hear: Make, ask: Make
) -> None:
    readers = [new_id() for _ in range(4)]
    dice = random.Random(7)

    def tell() -> None:
        told = dice.sample(readers, 3)
        hear(happened(khatma.COMPLETED, new_id(), members=told))

    def read_one() -> None:
        person = dice.choice(readers)
        results = ask(methods.LIST, by=person, unread=True)["results"]
        if results:
            ask(methods.MARK_READ, by=person, id=dice.choice(results)["id"])

    def read_all() -> None:
        ask(methods.MARK_ALL_READ, by=dice.choice(readers))

    pool = eventlet.GreenPool(8)
    deeds = [tell] * 80 + [read_one] * 80 + [read_all] * 15 + [lambda: sweeping.sweep(db)] * 5
    dice.shuffle(deeds)
    for result in [pool.spawn(deed) for deed in deeds]:
        result.wait()

    counted = db.reader.ask(
        text(
            """
            select person.id, person.total, person.unread, count(notification.id),
                   count(notification.id) filter (where read_at is null)
            from person left join notification on person_id = person.id
            where person.id = any(cast(:readers as bigint[])) group by person.id
            """
        ),
        readers=readers,
    )
    assert len(counted) == 4
    for _, total, unread, really, really_unread in counted:
        assert (total, unread) == (really, really_unread)
    assert sum(row.total for row in counted) == 80 * 3
