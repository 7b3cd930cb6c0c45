"""The running service, under its own roles and permissions, over the real broker."""

from time import time
from uuid import uuid4

import eventlet
import kombu
import orjson
import pytest
from nameko.timer import Timer

from chassis.process.settings import ServiceSettings
from chassis.service.run import serving
from contracts.auth import events as auth
from contracts.events import EVENTS, Envelope
from contracts.khatma import methods
from contracts.rpc import METHODS
from khatma.service import KhatmaService

PATIENCE = 20
LAYLA, OMAR, SARA = 9_001, 9_002, 9_003


@pytest.fixture(scope="module")
def running(migrated, broker):
    settings = ServiceSettings(
        database_url=migrated.app_url("khatma"),
        broker_url=broker.url("khatma"),
        check_contracts=True,
        retry_seconds=(0.1, 0.2, 0.3),
    )
    with serving(KhatmaService, settings) as container:
        yield container


class Gateway:
    """Asks by direct reply-to with the gateway's rights; many questions may be under way."""

    def __init__(self, url):
        self.connection = kombu.Connection(url)
        self.channel = self.connection.channel()
        self.producer = kombu.Producer(self.channel)
        self.replies = {}
        queue = kombu.Queue("amq.rabbitmq.reply-to", no_declare=True)
        consumer = kombu.Consumer(self.channel, queues=[queue], no_ack=True)
        consumer.register_callback(self.keep)
        consumer.consume()

    def keep(self, _, message):
        self.replies[message.properties["correlation_id"]] = orjson.loads(message.body)

    def send(self, method, person, body, command=None):
        actor = None if person is None else {"id": person, "session": "s", "username": f"u{person}"}
        request = {"actor": actor, "command": command, "body": body}
        correlation = uuid4().hex
        self.producer.publish(
            {"args": [], "kwargs": {"request": request}},
            serializer="json",
            exchange="nameko-rpc",
            routing_key=method.routing_key,
            reply_to="amq.rabbitmq.reply-to",
            correlation_id=correlation,
            headers={"nameko.deadline": int((time() + PATIENCE) * 1000)},
        )
        return correlation

    def reply(self, correlation):
        with eventlet.Timeout(PATIENCE):
            while correlation not in self.replies:
                self.connection.drain_events(timeout=PATIENCE)
        return self.replies.pop(correlation)

    def ask(self, method, person, **body):
        return self.reply(self.send(method, person, body))

    def result(self, method, person, **body):
        reply = self.ask(method, person, **body)
        assert reply["error"] is None, reply
        return reply["result"]

    def refusal(self, method, person, **body):
        return self.ask(method, person, **body)["error"]


@pytest.fixture(scope="module")
def gateway(running, broker):
    asker = Gateway(broker.url("gateway"))
    yield asker
    asker.connection.release()


@pytest.fixture
def heard(running, broker):
    """Return a function that waits for the next event of khatma about a subject."""
    with kombu.Connection(broker.admin_url) as connection:
        queue = kombu.Queue(f"heard-{uuid4().hex}", exclusive=True)(connection.channel())
        queue.declare()
        queue.bind_to("khatma.events", "#")

        def wait(subject, last):
            """Return all events about `subject` up to one of the type `last`."""
            events = []
            with eventlet.Timeout(PATIENCE):
                while not events or events[-1].type != last:
                    message = queue.get(no_ack=True)
                    if message is None:
                        eventlet.sleep(0.01)
                        continue
                    event = Envelope.model_validate_json(message.body)
                    assert message.delivery_info["routing_key"] == event.type
                    EVENTS[event.type].data.model_validate(event.data)
                    if event.subject == subject:
                        events.append(event)
            return events

        yield wait


def group(gateway, creator=LAYLA):
    return gateway.result(
        methods.CREATE_KHATMA,
        creator,
        name="ختمة رمضان",
        khatma_type="group",
        target_days=30,
        is_public=True,
    )["id"]


def finish(number):
    return {"chapter_assigned": number, "is_completed": True}


def test_every_method_of_the_contract_is_answered(gateway):
    khatma = group(gateway)
    change = {"name": "أخرى"}
    report = {"chapter_assigned": 1, "is_completed": False}
    reading = gateway.result(methods.LOG_READING, LAYLA, id=khatma, report=report)["id"]
    bodies = {
        "list_khatmas": {},
        "get_khatma": {"id": khatma},
        "create_khatma": {"name": "ختمة", "khatma_type": "private", "target_days": 30},
        "change_khatma": {"id": khatma, "change": change},
        "members": {"id": khatma},
        "log_reading": {"id": khatma, "report": finish(1)},
        "join": {"id": khatma},
        "invite": {"id": khatma, "member": None},
        "search": {"q": "ختمة"},
        "set_intentions": {"id": khatma, "intention": ["شفاء"]},
        "intentions": {"id": khatma},
        "list_links": {"id": khatma},
        "get_reading": {"id": reading},
        "list_readings": {},
        "user_stats": {},
        "khatma_stats": {"id": khatma},
        "achievements": {},
        "dashboard": {},
        "health": {},
        "delete_khatma": {"id": khatma},
    }
    for name, body in bodies.items():
        gateway.result(METHODS[f"khatma.{name}"], LAYLA, **body)
    ours = {method.name for method in METHODS.values() if method.service == "khatma"}
    second = group(gateway)
    link = gateway.result(methods.MAKE_LINK, LAYLA, id=second)
    for by_code in (methods.SHOW_BY_LINK, methods.JOIN_BY_LINK):
        gateway.result(by_code, OMAR, code=link["code"])
    gateway.result(methods.REVOKE_LINK, LAYLA, id=second, link=link["id"])
    by_link = {"make_link", "show_by_link", "join_by_link", "revoke_link"}
    assert ours == {*bodies, *by_link, "leave"}
    khatma = group(gateway)
    gateway.result(methods.JOIN, OMAR, id=khatma)
    gateway.result(methods.LEAVE, OMAR, id=khatma)


def test_the_sweep_comes_round(running):
    timers = [each for each in running.entrypoints if isinstance(each, Timer)]
    assert [each.method_name for each in timers] == ["sweep"]


def test_refusals_travel_with_their_code_and_field(gateway):
    khatma = group(gateway)
    hidden = gateway.result(
        methods.CREATE_KHATMA, LAYLA, name="ختمة", khatma_type="private", target_days=30
    )["id"]
    report = {"chapter_assigned": 1, "is_completed": True, "reading_date": "2099-01-01"}
    refusals = [
        gateway.refusal(methods.GET_KHATMA, OMAR, id=hidden),
        gateway.refusal(methods.DELETE_KHATMA, OMAR, id=khatma),
        gateway.refusal(methods.JOIN, LAYLA, id=khatma),
        gateway.refusal(methods.LOG_READING, LAYLA, id=khatma, report=report),
        gateway.refusal(methods.LIST_KHATMAS, LAYLA, filter="all"),
        gateway.refusal(methods.USER_STATS, None),
    ]
    assert [refusal["exc_type"] for refusal in refusals] == [
        "not_found",
        "forbidden",
        "conflict",
        "invalid",
        "invalid",
        "unauthenticated",
    ]
    assert set(refusals[3]["errors"]) == {"reading_date"}
    assert set(refusals[4]["errors"]) == {"filter"}


def test_a_write_is_announced_in_order_per_khatma(gateway, heard):
    khatma = group(gateway)
    gateway.result(methods.JOIN, OMAR, id=khatma)
    gateway.result(methods.LOG_READING, OMAR, id=khatma, report=finish(2))
    events = heard(f"khatma/{khatma}", "khatma.part_completed.v1")
    assert [event.type for event in events] == [
        "khatma.created.v1",
        "khatma.member_joined.v1",
        "khatma.parts_claimed.v1",
        "khatma.part_completed.v1",
    ]
    assert [event.sequence for event in events] == [1, 2, 3, 4]
    assert [event.actor for event in events] == [LAYLA, OMAR, OMAR, OMAR]
    assert events[3].data["other_members"] == [LAYLA]


def test_many_join_at_once_over_the_broker(gateway):
    khatma = group(gateway)
    people = range(20_000, 20_060)
    asked = [gateway.send(methods.JOIN, person, {"id": khatma}) for person in people]
    replies = [gateway.reply(correlation) for correlation in asked]
    given = [reply["result"]["chapter_assigned"] for reply in replies if reply["result"]]
    refused = {reply["error"]["exc_type"] for reply in replies if reply["error"]}
    assert sorted(given) == list(range(2, 31))
    assert refused == {"conflict"}


def test_people_are_followed_from_registration_to_their_end(gateway, heard, broker):
    def tell(kind, **data):
        event = Envelope(
            id=uuid4(),
            source="/sakina/auth",
            type=kind.wire_name,
            subject=f"user/{SARA}",
            time="2026-03-02T12:00:00Z",
            dataschema=kind.schema_path,
            sequence=1,
            data=data,
        )
        with kombu.Connection(broker.url("auth")) as connection:
            kombu.Producer(connection).publish(
                event.model_dump_json(),
                exchange="auth.events",
                routing_key=event.type,
                content_type="application/json",
                content_encoding="utf-8",
                delivery_mode=2,
            )

    def creator():
        return gateway.result(methods.GET_KHATMA, OMAR, id=khatma)["creator"]

    khatma = group(gateway, SARA)
    about = {"username": "sara", "timezone": "Asia/Amman", "day_starts_at": 0}
    tell(auth.USER_REGISTERED, fullname="", version=1, **about)
    until(lambda: creator() == {"id": SARA, "fullname": "sara"})
    tell(auth.USER_UPDATED, fullname="سارة", version=2, **about)
    until(lambda: creator() == {"id": SARA, "fullname": "سارة"})
    tell(auth.USER_DELETED)
    events = heard(f"person/{SARA}", "khatma.data_erased.v1")
    assert len(events) == 1
    assert gateway.refusal(methods.GET_KHATMA, OMAR, id=khatma)["exc_type"] == "not_found"
    assert gateway.refusal(methods.JOIN, SARA, id=group(gateway))["exc_type"] == "unauthenticated"


def until(condition):
    with eventlet.Timeout(PATIENCE):
        while not condition():
            eventlet.sleep(0.02)
