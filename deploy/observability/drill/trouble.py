"""What goes wrong, and is made good again: a block of trouble for each alert."""

import json
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any

import httpx
from people import PASSWORD, ok
from scene import Scene

from sakina_local.ports import free_ports
from sakina_observability.prometheus import until

READY_SECONDS = 60
STANDS_SECONDS = 4
"""Longer than a loop sleeps between two looks at itself, shorter than its watchdog waits."""
Trouble = Callable[[Scene], AbstractContextManager[None]]


@contextmanager
def over_and_over(act: Callable[[], Any], at_once: int = 1, pause: float = 0.0) -> Iterator[None]:
    """Do something all the time within the block, whatever becomes of it."""
    over = False

    def keep_on() -> None:
        while not over:
            with suppress(httpx.HTTPError, AssertionError, OSError):
                act()
            time.sleep(pause)

    with ThreadPoolExecutor(at_once) as pool:
        for _ in range(at_once):
            pool.submit(keep_on)
        try:
            yield
        finally:
            over = True


@contextmanager
def held(scene: Scene, table: str) -> Iterator[None]:
    """Hold a table, so that nobody reads or writes it."""
    with scene.superuser() as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute(f"lock table {table} in access exclusive mode")
        try:
            yield
        finally:
            connection.rollback()


@contextmanager
def stopped(scene: Scene, name: str) -> Iterator[None]:
    """Have a process stopped."""
    scene.system.stop(name)
    try:
        yield
    finally:
        scene.system.start(name)
        scene.system.wait_until_ready(READY_SECONDS)


@contextmanager
def restarts(scene: Scene) -> Iterator[None]:
    """Kill a process over and over, each time that Prometheus has seen it, until it is noticed.

    Here, in the thread that lives on: a process ends with the thread that started it.
    """
    for _ in range(8):
        if "ProcessRestarts" in scene.watched.prometheus.firing():
            break
        began = _beginning(scene, "auth")
        scene.system.kill("auth")
        scene.system.start("auth")
        until(lambda began=began: _beginning(scene, "auth") > began, READY_SECONDS)
    try:
        yield
    finally:
        scene.system.wait_until_ready(READY_SECONDS)


def _beginning(scene: Scene, name: str) -> float:
    found = scene.watched.prometheus.ask(
        f'max(last_over_time(process_start_time_seconds{{service="{name}"}}[1m]))'
    )
    return float(found[0]["value"][1])


@contextmanager
def stands_still(scene: Scene) -> Iterator[None]:
    """Stop a process from outside for a while, and let it go on."""
    process = scene.system.processes["notify"]
    process.send_signal(signal.SIGSTOP)
    time.sleep(STANDS_SECONDS)
    process.send_signal(signal.SIGCONT)
    yield


@contextmanager
def while_asking(
    scene: Scene, trouble: AbstractContextManager[None], at_once: int = 4
) -> Iterator[None]:
    """Ask for sessions all the time within the trouble."""
    path = "/api/meditations/sessions/"
    with over_and_over(lambda: scene.somebody.get(path), at_once), trouble:
        yield


@contextmanager
def floods_of_passwords(scene: Scene) -> Iterator[None]:
    """Log in all the time, forty at once."""
    body = {"email": scene.somebody.email, "password": PASSWORD}
    http = scene.somebody.http
    with over_and_over(lambda: http.post("/api/login/", json=body), at_once=40):
        yield


@contextmanager
def without_a_table(scene: Scene) -> Iterator[None]:
    """Take a table away from a service, and give it back."""
    scene.sql("alter table practice.session rename to mislaid")
    try:
        yield
    finally:
        scene.sql("alter table practice.mislaid rename to session")


@contextmanager
def nobody_knows_its_type(scene: Scene) -> Iterator[None]:
    """Have an event in an outbox that this release does not know, since five minutes."""
    scene.sql(
        "insert into practice.outbox (event_id, type, subject, sequence, occurred_at, data)"
        " values (gen_random_uuid(), 'practice.of_a_later_release', 'person/1', 1000000,"
        " now() - interval '5 minutes', '{}')"
    )
    try:
        yield
    finally:
        scene.sql("delete from practice.outbox where type = 'practice.of_a_later_release'")


@contextmanager
def another_holds_the_election(scene: Scene) -> Iterator[None]:
    """Be elected in the place of a service's relay."""
    lock = "hashtext('relay'), hashtext('practice')"
    with scene.superuser() as connection, connection.cursor() as cursor:
        while True:
            scene.sql(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name like 'sakina practice relay%%'"
            )
            cursor.execute(f"select pg_try_advisory_lock({lock})")
            if cursor.fetchone()[0]:
                break
        yield


@contextmanager
def an_event_comes_late(scene: Scene) -> Iterator[None]:
    """Have events published now that happened five minutes ago."""

    def publish() -> None:
        scene.sql(
            "insert into practice.outbox"
            " (event_id, type, subject, sequence, occurred_at, actor, data)"
            " select gen_random_uuid(), type, subject, %s, now() - interval '5 minutes', actor,"
            " data from practice.published where type like 'practice.session_logged%%' limit 1",
            1_000_000 + secrets.randbelow(1_000_000_000),
        )

    with over_and_over(publish, pause=0.2):
        yield


@contextmanager
def a_message_of_a_stranger(scene: Scene) -> Iterator[None]:
    """Have a service refuse what comes to its queue of requests from nowhere."""
    scene.publish("", "rpc-practice", "no request")
    try:
        yield
    finally:
        with scene.channel() as channel:
            channel.queue_purge("parked.practice")


@contextmanager
def nothing_is_recorded(scene: Scene) -> Iterator[None]:
    """Hold the recorder's row while people act."""
    with over_and_over(scene.somebody.meditate, pause=0.2), held(scene, "notify.recorder"):
        yield


@contextmanager
def events_that_nobody_understands(scene: Scene) -> Iterator[None]:
    """Put into the stream what is no event."""
    scene.publish("sakina.activity", "x", "no event")
    yield


@contextmanager
def webhooks_lead_nowhere(scene: Scene) -> Iterator[None]:
    """Have three webhooks that lead to closed ports, and test them all the time."""
    somebody = scene.somebody
    urls = [f"http://127.0.0.1:{port}/hooks" for port in free_ports(3)]
    made = [ok(somebody.post("/api/webhooks/", {"url": url}), 201)["id"] for url in urls]
    with ExitStack() as all_of_them:
        for each in made:
            path = f"/api/webhooks/{each}/test/"
            all_of_them.enter_context(
                over_and_over(lambda path=path: somebody.post(path), pause=0.05)
            )
        yield
    for each in made:
        ok(somebody.delete(f"/api/webhooks/{each}/"), 204)


@contextmanager
def the_record_goes_back(scene: Scene) -> Iterator[None]:
    """Tell gateways over and over of a record that is far ahead of the real one."""
    ahead = json.dumps({"after": 0, "recorded": 2**40, "events": []})
    with over_and_over(lambda: scene.publish("activity.live", "", ahead), pause=0.2):
        yield


@contextmanager
def without_the_broker(scene: Scene) -> Iterator[None]:
    """Have the broker stopped."""
    scene.watched.broker.stop()
    try:
        yield
    finally:
        scene.watched.broker.start()
        scene.system.wait_until_ready(READY_SECONDS)


@contextmanager
def without_the_database(scene: Scene) -> Iterator[None]:
    """Have PostgreSQL stopped."""
    scene.watched.postgres.stop()
    try:
        yield
    finally:
        scene.watched.postgres.start()
        scene.system.wait_until_ready(READY_SECONDS)


@contextmanager
def without_memory(scene: Scene) -> Iterator[None]:
    """Have the broker believe that it has no memory left."""
    control = scene.watched.broker.address.control
    control("set_vm_memory_high_watermark", "0.00001")
    try:
        yield
    finally:
        control("set_vm_memory_high_watermark", "0.4")


@contextmanager
def without_disk(scene: Scene) -> Iterator[None]:
    """Have the broker want half of the disk that is free."""
    (free,) = scene.watched.prometheus.ask("min(rabbitmq_disk_space_available_bytes)")
    control = scene.watched.broker.address.control
    control("set_disk_free_limit", str(int(float(free["value"][1]) / 2)))
    try:
        yield
    finally:
        control("set_disk_free_limit", "50MB")


@contextmanager
def a_consumer_that_does_not_read(scene: Scene) -> Iterator[None]:
    """Have more wait in a queue of a consumer outside than is good."""
    with scene.channel() as channel:
        channel.queue_declare("sub.drill", durable=True, auto_delete=False)
    scene.publish("", "sub.drill", "an event", times=80_100)
    try:
        yield
    finally:
        with scene.channel() as channel:
            channel.queue_delete("sub.drill")


@contextmanager
def too_many_connections(scene: Scene) -> Iterator[None]:
    """Take 165 of the server's 200 connections; most of the services' are not needed at rest."""
    with ExitStack() as connections:
        for _ in range(165):
            connections.enter_context(scene.superuser())
        yield


TROUBLES: dict[str, Trouble] = {
    "ServiceAway": lambda scene: stopped(scene, "practice"),
    "ProcessRestarts": restarts,
    "LoopStands": stands_still,
    "RequestsFail": lambda scene: while_asking(scene, stopped(scene, "practice")),
    "RequestsSlow": lambda scene: while_asking(scene, held(scene, "practice.session")),
    "NoRoom": floods_of_passwords,
    "WorkFails": lambda scene: while_asking(scene, without_a_table(scene)),
    "PoolExhausted": lambda scene: while_asking(scene, held(scene, "practice.session"), 30),
    "EventsNotPublished": nobody_knows_its_type,
    "NobodyPublishes": another_holds_the_election,
    "EventsLate": an_event_comes_late,
    "EventsParked": a_message_of_a_stranger,
    "RecorderStands": nothing_is_recorded,
    "EventsSteppedOver": events_that_nobody_understands,
    "DeliveriesFail": webhooks_lead_nowhere,
    "StreamsBreak": the_record_goes_back,
    "BrokerAway": without_the_broker,
    "BrokerBlocks": without_memory,
    "DiskNearlyFull": without_disk,
    "NobodyConsumes": lambda scene: stopped(scene, "khatma"),
    "ConsumerBehind": a_consumer_that_does_not_read,
    "DatabaseAway": without_the_database,
    "ConnectionsRunOut": too_many_connections,
}
"""By the name of the alert that is for it."""
