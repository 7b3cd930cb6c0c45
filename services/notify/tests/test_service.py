"""The whole service: under its own roles and permissions, over the real broker."""

import random
from collections.abc import Callable, Iterator
from time import time
from typing import Any

import eventlet
import kombu
import orjson
import pytest

from chassis.process.settings import ServiceSettings
from chassis.service.run import serving
from chassis.testing import envelope
from contracts.auth import events as auth
from contracts.events import Event
from contracts.khatma import events as khatma
from contracts.notify import methods
from contracts.practice import events as practice
from contracts.rpc import Actor, RpcMethod
from notify.service import NotifyService

NewId = Callable[[], int]
Make = Callable[..., Any]
PATIENCE = 20


@pytest.fixture(scope="module")
def service(migrated: Any, broker: Any) -> Iterator[None]:
    """Notify, running."""
    settings = ServiceSettings(
        database_url=migrated.app_url("notify"),
        broker_url=broker.url("notify"),
        check_contracts=True,
        retry_seconds=(0.1, 0.2, 0.3),
    )
    with serving(NotifyService, settings):
        yield


@pytest.fixture(scope="module")
def publish(service: None, broker: Any) -> Iterator[Callable[[Event[Any]], None]]:
    """Publish an event as the service that it comes from."""
    connections = {
        source: kombu.Connection(broker.url(source)) for source in ("auth", "practice", "khatma")
    }
    producers = {source: kombu.Producer(each) for source, each in connections.items()}

    def send(event: Event[Any]) -> None:
        kind = event.type
        producers[kind.source].publish(
            envelope(event).model_dump_json(),
            exchange=kind.exchange,
            routing_key=kind.wire_name,
            content_type="application/json",
            content_encoding="utf-8",
            message_id=str(event.id),
            delivery_mode=2,
        )

    yield send
    for connection in connections.values():
        connection.release()


@pytest.fixture(scope="module")
def ask(service: None, broker: Any) -> Iterator[Callable[..., Any]]:
    """Ask a method as the gateway does, and return its result or its error."""
    connection = kombu.Connection(broker.url("gateway"))
    channel = connection.channel()
    replies: list[Any] = []
    consumer = kombu.Consumer(
        channel, queues=[kombu.Queue("amq.rabbitmq.reply-to", no_declare=True)], no_ack=True
    )
    consumer.register_callback(lambda body, message: replies.append(message.body))
    consumer.consume()

    def send(method: RpcMethod[Any], person: int, **body: Any) -> dict[str, Any]:
        actor = Actor(id=person, session="s", username=f"u{person}")
        request = {"actor": actor.model_dump(), "command": None, "body": body}
        kombu.Producer(channel).publish(
            {"args": [], "kwargs": {"request": request}},
            serializer="json",
            exchange="nameko-rpc",
            routing_key=method.routing_key,
            reply_to="amq.rabbitmq.reply-to",
            correlation_id="1",
            headers={"nameko.deadline": int((time() + 5) * 1000)},
        )
        with eventlet.Timeout(PATIENCE):
            while not replies:
                connection.drain_events(timeout=PATIENCE)
        answer: dict[str, Any] = orjson.loads(replies.pop())
        return answer

    yield send
    connection.release()


def until(condition: Callable[[], Any]) -> Any:
    """Wait for a condition, and return what it gave."""
    with eventlet.Timeout(PATIENCE):
        while not (found := condition()):
            eventlet.sleep(0.02)
    return found


def test_a_registration_is_welcomed_a_leader_is_told_and_both_are_listed_and_read(
    publish: Make, ask: Make, new_id: NewId, happened: Make, registered: Make
) -> None:
    person = new_id()
    publish(registered(person, "layla", "ليلى حسن"))
    publish(happened(practice.LEADER_CHANGED, "all", leader=person, total_minutes=25))
    page = until(
        lambda: page if (page := ask(methods.LIST, person)["result"])["count"] == 2 else None
    )
    assert [n["notification_type"] for n in page["results"]] == ["leaderboard_top", "welcome"]
    assert page["results"][1]["title"] == "Welcome to Sakina, \u2068ليلى حسن\u2069"
    read = ask(methods.MARK_READ, person, id=page["results"][0]["id"])["result"]
    assert read["is_read"] is True
    assert ask(methods.UNREAD, person)["result"] == {"unread": 1}
    assert ask(methods.MARK_ALL_READ, person)["result"]["updated"] == 1
    error = ask(methods.MARK_READ, new_id(), id=page["results"][0]["id"])["error"]
    assert error["exc_type"] == "not_found"


def test_health_is_answered(ask: Make, new_id: NewId) -> None:
    health = ask(methods.HEALTH, new_id())["result"]
    assert (health["service"], health["database"]) == ("notify", True)


def test_each_event_three_times_in_any_order_is_told_once(
    publish: Make, ask: Make, new_id: NewId, happened: Make, registered: Make
) -> None:
    creator, member, gone, group = (new_id() for _ in range(4))
    events = [
        registered(creator, "layla", "ليلى حسن"),
        registered(member, "ali", "Ali Ahmed"),
        registered(gone, "omar"),
        happened(khatma.MEMBER_INVITED, group, member=member, by=creator),
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
        publish(event)
    # Queues are taken side by side: one more event of each kind comes after all of its kind.
    last = new_id()
    for event in [
        registered(last, "last"),
        happened(khatma.MEMBER_INVITED, group, member=last, by=creator),
        happened(khatma.MEMBER_JOINED, group, member=member, creator=last),
        happened(khatma.PARTS_CLAIMED, group, member=last, chapters=[3]),
        happened(khatma.PART_COMPLETED, group, member=member, other_members=[last]),
        happened(khatma.COMPLETED, group, members=[last]),
        happened(khatma.ACHIEVEMENT_EARNED, last, member=last, khatma=group),
    ]:
        publish(event)
    until(lambda: ask(methods.LIST, last)["result"]["count"] == 7)
    until(lambda: ask(methods.LIST, gone)["error"])

    def seen(person: int) -> list[tuple[str, str]]:
        results = ask(methods.LIST, person)["result"]["results"]
        return [(n["notification_type"], n["title"]) for n in results]

    until(lambda: len(seen(creator)) == 4 and len(seen(member)) == 5)
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
    assert ask(methods.LIST, gone)["error"]["exc_type"] == "unauthenticated"


def test_an_invitation_goes_with_its_khatma(
    publish: Make, ask: Make, new_id: NewId, happened: Make
) -> None:
    person, creator, group = new_id(), new_id(), new_id()
    publish(happened(khatma.MEMBER_INVITED, group, member=person, by=creator))
    until(lambda: ask(methods.UNREAD, person)["result"]["unread"] == 1)
    publish(happened(khatma.DELETED, group, actor=creator))
    until(lambda: ask(methods.UNREAD, person)["result"]["unread"] == 0)
    assert ask(methods.LIST, person)["result"] == {"count": 0, "results": []}


def test_what_happened_is_announced_under_notifys_own_permissions(
    service: None, broker: Any, publish: Make, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with kombu.Connection(broker.admin_url) as connection:
        channel = connection.channel()
        queue = kombu.Queue("heard", exclusive=True)(channel)
        queue.declare()
        queue.bind_to("notify.events", "#")
        publish(happened(khatma.PARTS_CLAIMED, new_id(), actor=person, member=person))

        def heard() -> Any:
            message = queue.get(no_ack=True)
            event = message and orjson.loads(message.body)
            return event if event and event["subject"] == f"person/{person}" else None

        event = until(heard)
    assert event["type"] == "notify.notification_created.v1"
    assert event["data"]["notification_type"] == "chapter_assigned"
    assert (event["sequence"], event["actor"]) == (1, person)
