"""A stream is taken in by one instance, in order, each message once, whatever becomes of it."""

import json
from contextlib import ExitStack, suppress

import amqp
import pytest
from caller import until
from prometheus_client import REGISTRY
from sqlalchemy import text

from chassis.amqp import stream
from chassis.amqp.connection import connect
from chassis.data.database import Reader, Transaction
from chassis.events import taking
from chassis.events.stream import takes_stream
from chassis.events.taking import Mark, Overtaken
from chassis.process.settings import ServiceSettings
from chassis.service.provider import DatabaseProvider
from chassis.service.run import serving
from sakina_local.checkout import RABBITMQ_DEFINITIONS

_FIND = text("select place, message from taken order by nth desc limit 1")
_ADD = text(
    """
    insert into taken (place, message, body)
    values (cast(:place as bigint), cast(:message as text), cast(:body as text))
    """
)
_LOCK = text("select pg_advisory_xact_lock(7)")


class Seen:
    """What was called by whom, in which batches."""

    def __init__(self) -> None:
        self.batches: list[int] = []


seen = Seen()


def find(reader: Reader) -> Mark | None:
    rows = reader.ask(_FIND)
    return Mark(rows[0].place, rows[0].message) if rows else None


def take(tx: Transaction, mark: Mark | None, batch) -> bytes:
    tx.tell(_LOCK)
    if find(tx) != mark:
        raise Overtaken("another one took")
    for each in batch:
        if each.body.startswith(b"poison"):
            raise ValueError(each.body.decode())
        tx.tell(_ADD, place=each.offset, message=each.id, body=each.body.decode())
    seen.batches.append(len(batch))
    return json.dumps(len(batch)).encode()


class Taker:
    """A service that takes the stream in."""

    name = "khatma"
    db = DatabaseProvider()
    taking = takes_stream("activity", find, take, saying="activity.live")


@pytest.fixture
def taken(postgres, db):
    """The bodies that were taken, in order."""
    owner = type(db).connect(postgres.owner_url("khatma"), pool_size=1)
    with owner.transaction() as tx:
        tx.tell(text("drop table if exists taken"))
        tx.tell(
            text(
                "create table taken (nth bigint generated always as identity,"
                " place bigint not null, message text not null, body text not null)"
            )
        )
    owner.close()
    seen.batches.clear()
    query = text("select body from taken order by nth")
    return lambda: [row.body for row in db.reader.ask(query)]


class Writer:
    """Writes into a stream that is fresh for this test."""

    def __init__(self, url: str) -> None:
        self._connection = connect(url, "test", confirm=True)
        self.channel = self._connection.channel()
        self.channel.confirm_select()
        self.said: list[int] = []
        queue = self.channel.queue_declare(exclusive=True).queue
        self.channel.queue_bind(queue, "activity.live")
        self.channel.basic_consume(
            queue, no_ack=True, callback=lambda m: self.said.append(json.loads(m.body))
        )
        self.make_anew()

    def make_anew(self) -> None:
        queues = json.loads(RABBITMQ_DEFINITIONS.read_text())["queues"]
        (arguments,) = [each["arguments"] for each in queues if each["name"] == "activity"]
        self.channel.queue_delete("activity")
        self.channel.queue_declare("activity", durable=True, auto_delete=False, arguments=arguments)
        self.channel.queue_bind("activity", "sakina.activity", "#")

    def write(self, *bodies: str) -> list[str]:
        for body in bodies:
            message = amqp.Message(body, message_id=f"id of {body}", delivery_mode=2)
            self.channel.basic_publish(message, "sakina.activity", "x")
        return list(bodies)

    def write_unreadable(self) -> None:
        message = amqp.Message("unreadable", correlation_id=b"\xff\xfe", delivery_mode=2)
        self.channel.basic_publish(message, "sakina.activity", "x")

    def until_said(self, condition) -> None:
        def looked() -> bool:
            with suppress(TimeoutError):
                self._connection.drain_events(timeout=0.01)
            return condition(self.said)

        until(looked)

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def writer(broker):
    writer = Writer(broker.admin_url)
    yield writer
    writer.close()


@pytest.fixture
def run(settings: ServiceSettings, broker, taken):
    """Run the taker, as one who may read the stream; as often as it is called."""
    allowed = settings.model_copy(update={"broker_url": broker.admin_url})
    with ExitStack() as stack:
        yield lambda: stack.enter_context(serving(Taker, allowed))


def notes(first: int, count: int) -> list[str]:
    return [f"note {n}" for n in range(first, first + count)]


def test_what_waits_is_taken_together_and_what_comes_is_taken_in_order(writer, run, taken) -> None:
    waiting = writer.write(*notes(0, 100))
    run()
    until(lambda: taken() == waiting)
    assert len(seen.batches) < 100
    more = writer.write(*notes(100, 20))
    until(lambda: taken() == waiting + more)
    writer.until_said(lambda said: sum(said) == 120)
    assert writer.said[0] == 0, "how things stand at the beginning"


def test_what_cannot_be_read_is_stepped_over(writer, run, taken, monkeypatch) -> None:
    """Also by whom every message is confirmed by itself, so that none may be forgotten."""
    monkeypatch.setattr(stream, "PREFETCH", 1)
    run()
    said = []
    for number in range(3):
        writer.write_unreadable()
        said += writer.write(f"note {number}")
    until(lambda: taken() == said)


def test_without_messages_it_says_how_things_stand(writer, run, monkeypatch) -> None:
    monkeypatch.setattr(taking, "IDLE_SECONDS", 0.1)
    run()
    writer.until_said(lambda said: said[:3] == [0, 0, 0])


def test_it_goes_on_after_what_was_taken_last(writer, run, taken, settings, broker) -> None:
    allowed = settings.model_copy(update={"broker_url": broker.admin_url})
    with serving(Taker, allowed):
        first = writer.write(*notes(0, 5))
        until(lambda: taken() == first)
    second = writer.write(*notes(5, 5))
    run()
    until(lambda: taken() == first + second)
    until(lambda: REGISTRY.get_sample_value("sakina_stream_offset") == 9)


@pytest.mark.parametrize("fresh", [2, 9])
def test_a_stream_that_was_made_anew_is_taken_from_its_beginning(
    fresh, writer, run, taken, monkeypatch
) -> None:
    """Whether it ends before the place of the old one's last message, or has another there."""
    monkeypatch.setattr(taking, "FOUND_SECONDS", 0.3)
    run()
    old = writer.write(*notes(0, 5))
    until(lambda: taken() == old)
    writer.make_anew()
    new = writer.write(*notes(100, fresh))
    until(lambda: taken() == old + new)


def test_one_of_two_takes_and_the_other_takes_over(writer, run, taken, settings, broker) -> None:
    allowed = settings.model_copy(update={"broker_url": broker.admin_url})
    with serving(Taker, allowed):
        first = writer.write(*notes(0, 30))
        run()
        until(lambda: taken() == first)
    second = writer.write(*notes(30, 30))
    until(lambda: taken() == first + second)


def test_who_was_overtaken_takes_nothing_twice(writer, run, taken, db) -> None:
    """Somebody else, who believes to be elected, took what comes next."""
    run()
    first = writer.write("note 0")
    until(lambda: taken() == first)
    with db.transaction() as tx:
        tx.ask(_LOCK)
        writer.write("note 1", "note 2")
        tx.tell(_ADD, place=1, message="id of note 1", body="note 1")
    until(lambda: taken() == notes(0, 3))


def test_a_message_that_cannot_be_digested_is_taken_without_its_body(writer, run, taken) -> None:
    written = writer.write(*notes(0, 7), "poison 1", *notes(7, 3), "poison 2", *notes(10, 7))
    run()
    expected = ["" if each.startswith("poison") else each for each in written]
    until(lambda: taken() == expected)
    more = writer.write(*notes(17, 3))
    until(lambda: taken() == expected + more)


def test_a_lost_connection_to_the_database_is_made_again(writer, run, taken, postgres) -> None:
    run()
    first = writer.write(*notes(0, 3))
    until(lambda: taken() == first)
    killer = postgres.connect()
    cursor = killer.cursor()
    cursor.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'sakina khatma activity'"
    )
    assert cursor.fetchall() == [(True,)]
    killer.close()
    second = writer.write(*notes(3, 3))
    until(lambda: taken() == first + second)
