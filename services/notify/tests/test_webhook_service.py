"""Webhooks of the running service: from an event that somebody announces to an endpoint."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from receivers import Receiver, receiver, silent, status
from standardwebhooks import Webhook

from chassis.service.run import serving
from chassis.testing_broker import Gateway, Wire
from contracts.notify import methods as notify
from contracts.notify import webhooks as methods
from contracts.practice.events import SESSION_LOGGED
from notify.domain.deliveries import MOST_UNDER_WAY
from notify.service import NotifyService
from notify.settings import Settings

Make = Callable[..., Any]
NewId = Callable[[], int]


@pytest.fixture(autouse=True)
def nothing_waits(connection: Any) -> None:
    """Let nothing be due of other tests."""
    with connection.cursor() as cursor:
        cursor.execute("truncate delivery, delivery_line, delivery_queue, webhook")


@pytest.fixture
def settings(migrated: Any, broker: Any) -> Settings:
    """What notify is told."""
    return Settings(
        database_url=migrated.app_url("notify"),
        broker_url=broker.url("notify"),
        check_contracts=True,
        webhooks_to_loopback=True,
    )


@pytest.fixture
def service(settings: Settings) -> Iterator[Any]:
    """Notify, running."""
    with serving(NotifyService, settings) as container:
        yield container


def until(wire: Wire, endpoint: Receiver, count: int) -> None:
    wire.until(lambda: len(endpoint.requests) >= count, f"{count} requests")


def test_what_happens_comes_signed_and_in_order_and_its_delivery_is_shown(
    wire: Wire, gateway: Gateway, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with receiver() as endpoint:
        made = gateway.result(methods.CREATE_WEBHOOK, person, url=endpoint.url)
        events = [happened(SESSION_LOGGED, person) for _ in range(5)]
        for event in events:
            wire.say(event)
        until(wire, endpoint, 5)
        for request in endpoint.requests:
            Webhook(made["secret"]).verify(request.body, request.signed)
        came = [request.headers["webhook-id"] for request in endpoint.requests]
        assert came == [str(event.id) for event in events]

        def states() -> set[str]:
            page = gateway.result(methods.PAGE_DELIVERIES, person, id=made["id"])
            return {each["state"] for each in page["results"]}

        wire.until(lambda: states() == {"delivered"})
        test = gateway.result(methods.TEST_WEBHOOK, person, id=made["id"])
        until(wire, endpoint, 6)
        assert endpoint.requests[-1].headers["webhook-id"] == test["event_id"]


def test_hung_endpoints_hold_up_neither_requests_nor_anybody_elses_deliveries(
    wire: Wire, gateway: Gateway, new_id: NewId, happened: Make
) -> None:
    """More of them at once than the service has workers and connections to the database."""
    people = [new_id() for _ in range(30)]
    with receiver(silent) as dead, receiver() as good:
        for person in people:
            gateway.result(methods.CREATE_WEBHOOK, person, url=dead.url)
            wire.say(happened(SESSION_LOGGED, person))
        wire.until(lambda: dead.open == len(people), "all of them to hang")
        other = new_id()
        gateway.result(methods.CREATE_WEBHOOK, other, url=good.url)
        wire.say(happened(SESSION_LOGGED, other))
        until(wire, good, 1)
        assert gateway.result(notify.UNREAD, other) == {"unread": 0}
        assert dead.open == len(people), "they still hang"


def test_one_persons_webhooks_have_so_many_under_way_at_once(
    wire: Wire, gateway: Gateway, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    with receiver(silent) as dead:
        for _ in range(MOST_UNDER_WAY + 3):
            gateway.result(methods.CREATE_WEBHOOK, person, url=dead.url)
        wire.say(happened(SESSION_LOGGED, person))
        wire.until(lambda: dead.open == MOST_UNDER_WAY)
        # Another one's comes and goes meanwhile, so the service has looked again.
        other = new_id()
        with receiver() as good:
            gateway.result(methods.CREATE_WEBHOOK, other, url=good.url)
            wire.say(happened(SESSION_LOGGED, other))
            until(wire, good, 1)
        assert dead.most_open == MOST_UNDER_WAY


def test_one_that_stops_gives_up_what_hangs_and_the_next_one_sends_it_at_once(
    broker: Any, settings: Settings, new_id: NewId, happened: Make
) -> None:
    person = new_id()
    gateway, wire = Gateway(broker.url("gateway")), Wire(broker, "notify")
    with receiver(silent) as endpoint:
        with serving(NotifyService, settings):
            gateway.result(methods.CREATE_WEBHOOK, person, url=endpoint.url)
            wire.say(happened(SESSION_LOGGED, person))
            until(wire, endpoint, 1)
        wire.until(lambda: endpoint.open == 0, "it to hang up")
        with serving(NotifyService, settings):
            until(wire, endpoint, 2)
    gateway.close()
    wire.close()


def test_killed_in_the_middle_of_deliveries_none_is_lost(
    broker: Any,
    settings: Settings,
    new_id: NewId,
    happened: Make,
    tmp_path: Path,
) -> None:
    """And none waits for the end of its lease: the next instance finds the first one gone."""
    person = new_id()
    environment = os.environ | {
        "SAKINA_DATABASE_URL": settings.database_url,
        "SAKINA_BROKER_URL": settings.broker_url,
        "SAKINA_WEBHOOKS_TO_LOOPBACK": "1",
    }

    def start(log: Path) -> subprocess.Popen[bytes]:
        with log.open("wb") as file:
            return subprocess.Popen([sys.executable, "-m", "notify"], env=environment, stderr=file)

    process = start(tmp_path / "first")
    gateway, wire = Gateway(broker.url("gateway")), Wire(broker, "notify")
    try:
        with receiver(silent) as endpoint:
            wire.until(lambda: b'"ready"' in (tmp_path / "first").read_bytes(), "it to be ready")
            assert b"may lead to this machine" in (tmp_path / "first").read_bytes()
            gateway.result(methods.CREATE_WEBHOOK, person, url=endpoint.url)
            events = [happened(SESSION_LOGGED, person) for _ in range(3)]
            for event in events:
                wire.say(event)
            until(wire, endpoint, 1)
            process.send_signal(signal.SIGKILL)
            process.wait()
            endpoint.answer = status(200)
            process = start(tmp_path / "second")
            wire.until(lambda: b'"ready"' in (tmp_path / "second").read_bytes(), "it to be ready")
            until(wire, endpoint, 4)
        came = [request.headers["webhook-id"] for request in endpoint.requests]
        assert came == [str(events[0].id), *(str(event.id) for event in events)]
    finally:
        process.kill()
        process.wait()
        gateway.close()
        wire.close()
