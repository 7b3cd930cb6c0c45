"""The recorder over the real broker: every event once, whatever dies or is made anew."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import Any
from uuid import uuid4

import amqp
import orjson
import pytest
from sqlalchemy import text

from chassis.amqp.connection import connect
from chassis.data.database import Database
from chassis.service.run import serving
from chassis.testing import envelope
from contracts.events import Event
from contracts.khatma import events as khatma
from contracts.notify import methods
from contracts.practice.events import SESSION_LOGGED
from notify.service import NotifyService
from notify.settings import Settings
from sakina_local.checkout import RABBITMQ_DEFINITIONS

Make = Callable[..., Any]
NewId = Callable[[], int]
SECONDS = 30.0
RECORDERS = "select pid from pg_stat_activity where application_name = 'sakina notify activity'"


class Channel:
    """Publishes as every service may together, and hears what gateways are told."""

    def __init__(self, url: str) -> None:
        self.connection = connect(url, "test of the recorder", confirm=True)
        self.channel = self.connection.channel()
        self.channel.confirm_select()
        self.told: list[dict[str, Any]] = []
        queue = self.channel.queue_declare(exclusive=True).queue
        self.channel.queue_bind(queue, "activity.live")
        self.channel.basic_consume(queue, no_ack=True, callback=self._take)

    def _take(self, message: Any) -> None:
        told = orjson.loads(message.body)
        methods.ACTIVITY_RECORDED.result.validate_python(told)
        self.told.append(told)

    def say(self, *events: Event[Any] | bytes) -> None:
        for event in events:
            garbled = isinstance(event, bytes)
            body = event if garbled else envelope(event).model_dump_json()
            key = "khatma.updated.v1" if garbled else event.type.wire_name
            exchange = "khatma.events" if garbled else event.type.exchange
            name = "" if garbled else str(event.id)
            message = amqp.Message(
                body, content_type="application/json", message_id=name, delivery_mode=2
            )
            self.channel.basic_publish(message, exchange, key)

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        end = time.monotonic() + SECONDS
        while not (found := condition()):
            assert time.monotonic() < end, f"waited for {what}"
            with suppress(TimeoutError):
                self.connection.drain_events(timeout=0.05)
        return found

    def close(self) -> None:
        with suppress(OSError, amqp.AMQPError):
            self.connection.close()


@pytest.fixture
def channel(broker: Any) -> Iterator[Channel]:
    channel = Channel(broker.admin_url)
    yield channel
    channel.close()


@pytest.fixture
def settings(migrated: Any, broker: Any) -> Settings:
    return Settings(database_url=migrated.app_url("notify"), broker_url=broker.url("notify"))


@pytest.fixture
def running(settings: Settings) -> Iterator[Callable[[], Any]]:
    """Run notify, as often as it is called, until the end of the test."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(serving(NotifyService, settings))


@pytest.fixture
def recorded(db: Database) -> Callable[[Sequence[Event[Any]]], list[int]]:
    """Positions of events, in the order of recording; checked to be recorded once, in order."""

    def recorded(events: Sequence[Event[Any]]) -> list[int]:
        rows = db.reader.ask(
            text(
                "select position, cast(event_id as text) as id from activity"
                " where event_id = any(cast(:ids as uuid[])) order by position"
            ),
            ids=[str(event.id) for event in events],
        )
        found = [row.id for row in rows]
        assert found == [str(event.id) for event in events if str(event.id) in found]
        return [row.position for row in rows]

    return recorded


@pytest.fixture
def is_without_gap(db: Database) -> Callable[[], bool]:
    """Whether every position that was given since the test began is there."""
    (begun,) = db.reader.ask(text("select position from recorder"))
    counted = text(
        "select position - :begun = (select count(*) from activity where position > :begun)"
        " as is_whole from recorder"
    )
    return lambda: db.reader.ask(counted, begun=begun.position)[0].is_whole


@pytest.fixture
def sessions(happened: Make, new_id: NewId) -> Callable[[int], list[Event[Any]]]:
    """Events about people of whom nobody heard before."""
    return lambda count: [happened(SESSION_LOGGED, new_id()) for _ in range(count)]


def test_what_happens_is_recorded_and_told_to_gateways_without_a_gap(
    channel: Channel, running: Make, recorded: Make, sessions: Make
) -> None:
    events = sessions(60)
    channel.say(*events)
    running()
    first = channel.until(lambda: channel.told, "a word at the beginning")[0]
    assert (first["events"], first["after"]) == ([], first["recorded"])
    wanted = {str(event.id) for event in events}

    def told() -> list[dict[str, Any]]:
        """What was told of them; notify itself may announce what it did before."""
        every = [each for message in channel.told for each in message["events"]]
        return [each for each in every if each["event"]["id"] in wanted]

    channel.until(lambda: len(told()) == 60, "all of it")
    place = first["recorded"]
    for message in channel.told[1:]:
        assert message["after"] == place
        place = message["recorded"]
    assert [each["position"] for each in told()] == recorded(events)
    assert [each["event"]["id"] for each in told()] == [str(event.id) for event in events]
    assert [each["audience"] for each in told()] == [[event.subject_id] for event in events]
    assert len(channel.told) < 60, "what arrives together is recorded together"


def test_what_came_another_way_or_cannot_be_read_is_recorded_by_nobody(
    channel: Channel, running: Make, recorded: Make, sessions: Make
) -> None:
    running()
    forged, unlike, unreadable, sound = sessions(4)
    for event, exchange, key, properties in (
        (forged, "", "activity", {}),
        (unlike, "khatma.events", "khatma.updated.v1", {}),
        (unreadable, *by_its_way(unreadable), {"correlation_id": b"\xff"}),
        (sound, *by_its_way(sound), {}),
    ):
        body = envelope(event).model_dump_json()
        message = amqp.Message(body, content_type="application/json", **properties)
        channel.channel.basic_publish(message, exchange, key)
    channel.until(lambda: recorded([sound]), "what is sound")
    assert recorded([forged, unlike, unreadable]) == []


def by_its_way(event: Event[Any]) -> tuple[str, str]:
    """Return the exchange and the routing key that its source publishes it by."""
    return event.type.exchange, event.type.wire_name


def test_without_news_gateways_are_told_how_things_stand(
    channel: Channel, running: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.events.taking.IDLE_SECONDS", 0.1)
    running()
    channel.until(lambda: len(channel.told) >= 3, "three words")
    channel.until(lambda: not channel.told[-1]["events"], "a word without news")
    assert [each["after"] for each in channel.told[1:]] == [
        each["recorded"] for each in channel.told[:-1]
    ]
    assert channel.told[-1]["events"] == []


def test_two_instances_record_everything_once_and_one_takes_over(
    channel: Channel,
    settings: Settings,
    running: Make,
    is_without_gap: Make,
    recorded: Make,
    sessions: Make,
    db: Database,
) -> None:
    with serving(NotifyService, settings):
        channel.until(lambda: channel.told, "the first one to record")
        running()
        events = sessions(40)
        channel.say(*events)
        channel.until(lambda: len(recorded(events)) == 40, "all of it")
        assert len(db.reader.ask(text(RECORDERS))) == 1
    more = sessions(40)
    channel.say(*more)
    channel.until(lambda: len(recorded(more)) == 40, "the other one to record")
    assert is_without_gap()
    places = [(each["after"], each["recorded"]) for each in channel.told]
    assert all(after == place for (_, place), (after, _) in itertools.pairwise(places))


def test_killed_in_the_middle_of_a_batch_nothing_is_lost_or_doubled(
    channel: Channel,
    migrated: Any,
    settings: Settings,
    running: Make,
    is_without_gap: Make,
    recorded: Make,
    sessions: Make,
    happened: Make,
    new_id: NewId,
    connection: Any,
) -> None:
    group, layla, ali = new_id(), new_id(), new_id()
    events = [
        happened(khatma.CREATED, group, actor=layla, creator=layla),
        *sessions(50),
        happened(khatma.MEMBER_JOINED, group, actor=ali, sequence=2, member=ali),
        *sessions(50),
        happened(khatma.UPDATED, group, actor=layla, sequence=3),
    ]
    environment = os.environ | {
        "SAKINA_DATABASE_URL": settings.database_url,
        "SAKINA_BROKER_URL": settings.broker_url,
    }
    process = subprocess.Popen([sys.executable, "-m", "notify"], env=environment)
    try:
        channel.until(lambda: channel.told, "it to record")
        blocker = migrated.connect()
        blocker.autocommit = False
        # Its insert waits for this; the transaction is then half done.
        blocker.cursor().execute("lock table notify.farewell in exclusive mode")
        blocker.cursor().execute("lock table notify.member in exclusive mode")
        channel.say(*events)
        waiting = f"{RECORDERS} and wait_event_type = 'Lock'"
        cursor = connection.cursor()

        def is_waiting() -> bool:
            cursor.execute(waiting)
            return cursor.fetchone() is not None

        channel.until(is_waiting, "it to be in the middle of a batch")
        process.send_signal(signal.SIGKILL)
        process.wait()
        blocker.rollback()
        blocker.close()
    finally:
        process.kill()
        process.wait()
    channel.until(lambda: not is_waiting(), "the server to end its transaction")
    running()
    channel.until(lambda: len(recorded(events)) == len(events), "the next one to record")
    assert is_without_gap()

    def last() -> list[dict[str, Any]]:
        every = [each for told in channel.told for each in told["events"]]
        return [each for each in every if each["event"]["id"] == str(events[-1].id)]

    # It is told after the commit.
    (told,) = channel.until(last, "it to be told")
    assert told["audience"] == [layla, ali]


def _queue() -> tuple[str, dict[str, Any]]:
    """The stream as the broker's definitions say it."""
    queues = json.loads(RABBITMQ_DEFINITIONS.read_text())["queues"]
    (arguments,) = [each["arguments"] for each in queues if each["name"] == "activity"]
    return "activity", arguments


@pytest.mark.parametrize("fresh", [1, 80])
def test_a_stream_that_is_made_anew_is_recorded_from_its_beginning(
    fresh: int,
    channel: Channel,
    running: Make,
    is_without_gap: Make,
    recorded: Make,
    sessions: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Shorter than the old one, or longer: so that an event stands where another one stood."""
    monkeypatch.setattr("chassis.events.taking.FOUND_SECONDS", 0.5)
    running()
    channel.until(lambda: channel.told, "it to record")
    old = sessions(20)
    channel.say(*old)
    channel.until(lambda: len(recorded(old)) == 20, "what is in the old stream")
    name, arguments = _queue()
    channel.channel.queue_delete(name)
    channel.channel.queue_declare(name, durable=True, auto_delete=False, arguments=arguments)
    channel.channel.queue_bind(name, "sakina.activity", "#")
    new = sessions(fresh)
    channel.say(*old[-5:], *new)
    channel.until(lambda: len(recorded(new)) == fresh, "what is in the new one")
    assert is_without_gap()


def test_what_nobody_understands_or_can_keep_holds_nothing_back(
    channel: Channel,
    running: Make,
    is_without_gap: Make,
    recorded: Make,
    sessions: Make,
    happened: Make,
) -> None:
    running()
    events = sessions(30)
    unkeepable = happened(khatma.UPDATED, 10**25)
    channel.say(
        b"\xff", *events[:10], b"{}", uuid4().bytes, *events[10:20], unkeepable, *events[20:]
    )
    channel.until(lambda: len(recorded(events)) == 30, "what is understood")
    assert is_without_gap()
