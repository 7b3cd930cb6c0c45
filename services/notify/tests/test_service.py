"""The whole service: under its own roles and permissions, over the real broker."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chassis.service.run import serving
from contracts.auth import events as auth
from contracts.khatma import events as khatma
from contracts.notify import methods
from contracts.notify.events import NOTIFICATION_CREATED
from contracts.practice import events as practice
from notify.service import NotifyService
from notify.settings import Settings

NewId = Callable[[], int]
Make = Callable[..., Any]


@pytest.fixture(scope="module")
def service(migrated: Any, broker: Any) -> Iterator[Any]:
    """Notify, running."""
    settings = Settings(
        database_url=migrated.app_url("notify"),
        broker_url=broker.url("notify"),
        check_contracts=True,
        retry_seconds=(0.1, 0.2, 0.3),
    )
    with serving(NotifyService, settings) as container:
        yield container


def test_a_registration_is_welcomed_a_leader_is_told_and_both_are_listed_and_read(
    wire: Any, gateway: Any, new_id: NewId, happened: Make, registered: Make
) -> None:
    person = new_id()
    wire.say(registered(person, "layla", "ليلى حسن"))
    wire.say(happened(practice.LEADER_CHANGED, "all", leader=person, total_minutes=25))
    page = wire.until(
        lambda: page if (page := gateway.result(methods.LIST, person))["count"] == 2 else None
    )
    assert [n["notification_type"] for n in page["results"]] == ["leaderboard_top", "welcome"]
    assert page["results"][1]["title"] == "Welcome to Sakina, \u2068ليلى حسن\u2069"
    read = gateway.result(methods.MARK_READ, person, id=page["results"][0]["id"])
    assert read["is_read"] is True
    assert gateway.result(methods.UNREAD, person) == {"unread": 1}
    assert gateway.result(methods.MARK_ALL_READ, person)["updated"] == 1
    error = gateway.ask(methods.MARK_READ, new_id(), id=page["results"][0]["id"])["error"]
    assert error["exc_type"] == "not_found"


def test_health_is_answered(gateway: Any, new_id: NewId) -> None:
    health = gateway.result(methods.HEALTH, new_id())
    assert (health["service"], health["database"]) == ("notify", True)


def test_each_event_three_times_in_any_order_is_told_once(
    wire: Any, gateway: Any, new_id: NewId, happened: Make, registered: Make
) -> None:
    creator, member, gone, group = (new_id() for _ in range(4))
    events = [
        registered(creator, "layla", "ليلى حسن"),
        registered(member, "ali", "Ali Ahmed"),
        registered(gone, "omar"),
        happened(khatma.MEMBER_INVITED, member, khatma=group, by=creator),
        happened(khatma.MEMBER_JOINED, group, member=member, creator=creator),
        happened(khatma.PARTS_CLAIMED, group, member=member, chapters=[2]),
        happened(
            khatma.PART_COMPLETED, group, member=member, chapter=2, other_members=[creator, gone]
        ),
        happened(khatma.COMPLETED, group, members=[creator, member, gone], creator=creator),
        happened(khatma.ACHIEVEMENT_EARNED, member, member=member, khatma=group),
        happened(auth.USER_DELETED, gone),
    ]
    deliveries = events * 3
    random.Random(11).shuffle(deliveries)
    for event in deliveries:
        wire.say(event)
    # Queues are taken side by side: one more event of each kind comes after all of its kind.
    last = new_id()
    for event in [
        registered(last, "last"),
        happened(khatma.MEMBER_INVITED, last, khatma=group, by=creator),
        happened(khatma.MEMBER_JOINED, group, member=member, creator=last),
        happened(khatma.PARTS_CLAIMED, group, member=last, chapters=[3]),
        happened(khatma.PART_COMPLETED, group, member=member, other_members=[last]),
        happened(khatma.COMPLETED, group, members=[last]),
        happened(khatma.ACHIEVEMENT_EARNED, last, member=last, khatma=group),
    ]:
        wire.say(event)
    wire.until(lambda: gateway.result(methods.LIST, last)["count"] == 7)
    wire.until(lambda: gateway.ask(methods.LIST, gone)["error"])

    def seen(person: int) -> list[tuple[str, str]]:
        results = gateway.result(methods.LIST, person)["results"]
        return [(n["notification_type"], n["title"]) for n in results]

    wire.until(lambda: len(seen(creator)) == 4 and len(seen(member)) == 5)
    assert seen(creator) == [
        ("khatma_completed", "“\u2068ختمة رمضان\u2069” is complete"),
        ("chapter_completed", "\u2068Ali Ahmed\u2069 finished chapter 2"),
        ("khatma_joined", "\u2068Ali Ahmed\u2069 joined “\u2068ختمة رمضان\u2069”"),
        ("welcome", "Welcome to Sakina, \u2068ليلى حسن\u2069"),
    ]
    assert [kind for kind, _ in seen(member)] == [
        "achievement_earned",
        "khatma_completed",
        "chapter_assigned",
        "khatma_invitation",
        "welcome",
    ]
    assert gateway.ask(methods.LIST, gone)["error"]["exc_type"] == "unauthenticated"


@pytest.mark.parametrize("version", [1, 2])
def test_an_invitation_goes_with_its_khatma(
    wire: Any, gateway: Any, new_id: NewId, happened: Make, version: int
) -> None:
    """Also one that a release of before announced."""
    person, creator, group = new_id(), new_id(), new_id()
    wire.say(
        happened(khatma.MEMBER_INVITED_V1, group, member=person, by=creator)
        if version == 1
        else happened(khatma.MEMBER_INVITED, person, khatma=group, by=creator)
    )
    wire.until(lambda: gateway.result(methods.UNREAD, person)["unread"] == 1)
    wire.say(happened(khatma.DELETED, group, actor=creator))
    wire.until(lambda: gateway.result(methods.UNREAD, person)["unread"] == 0)
    assert gateway.result(methods.LIST, person) == {"count": 0, "results": []}


def test_what_happened_is_announced_under_notifys_own_permissions(
    wire: Any, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    wire.say(happened(khatma.PARTS_CLAIMED, new_id(), actor=person, member=person))
    event = wire.hear(NOTIFICATION_CREATED, person)
    assert event.data["notification_type"] == "chapter_assigned"
    assert (event.sequence, event.actor) == (1, person)
