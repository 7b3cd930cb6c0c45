"""A consumer outside reads what was made for it, and nothing else is open to it."""

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress

import amqp
import pytest
from attempts import connected, publish, refused

from sakina_local.testing import Vhost
from sakina_stack.consumer_definitions import LIMITS
from sakina_stack.consumers import Consumers

ANA, BOB, ALL = (f"{name}-{os.getpid()}" for name in ("ana", "bob", "all"))
"""Users belong to a broker, which other processes share: of names that are this one's own."""
TOPICS = {ANA: ["khatma.#"], BOB: ["practice.#", "notify.#"], ALL: ["#"]}
FEW = 10
OWN = ["activity.{}", "sub.{}"]
OTHERS = ["activity", f"activity.{BOB}", f"sub.{BOB}", f"sub.{ALL}", "rpc-auth", "parked.khatma"]


@pytest.fixture(scope="module")
def consumers(broker: Vhost) -> Consumers:
    return Consumers(broker.server.control, broker.name)


@pytest.fixture(scope="module", autouse=True)
def urls(broker: Vhost, consumers: Consumers) -> dict[str, str]:
    """Where each comes in. They go with the servers of the run: each rabbitmqctl costs a second."""
    with connected(broker.url("auth")) as connection, connection.channel() as channel:
        channel.queue_declare("rpc-auth", durable=True, auto_delete=False)
    made = {}
    for name, topics in TOPICS.items():
        password = consumers.add(name, topics, most_waiting=FEW)
        made[name] = url(broker, name, password)
    return made


def url(broker: Vhost, name: str, password: str) -> str:
    return f"amqp://{name}:{password}@{broker.server.host}:{broker.server.port}/{broker.name}"


def announced(broker: Vhost, service: str, *keys: str) -> None:
    """Publish as a service's relay does: with confirms, all of which must be good."""
    with connected(broker.url(service)) as connection, connection.channel() as channel:
        for key in keys:
            publish(channel, f"{service}.events", key)


def read(connection: amqp.Connection, queue: str, count: int) -> list[str]:
    """Return the keys of the first `count` messages in a stream or a queue."""
    keys: list[str] = []
    channel = connection.channel()
    channel.basic_qos(0, 50, False)

    def take(message: amqp.Message) -> None:
        keys.append(message.delivery_info["routing_key"])
        channel.basic_ack(message.delivery_tag)

    from_the_first = {"x-stream-offset": "first"} if queue.startswith("activity") else {}
    channel.basic_consume(queue, callback=take, arguments=from_the_first)
    while len(keys) < count:
        connection.drain_events(timeout=10)
    with suppress(TimeoutError):
        connection.drain_events(timeout=0.2)
    return keys


def test_a_consumer_reads_its_topics_in_its_stream_and_in_its_queue(
    broker: Vhost, urls: dict[str, str]
) -> None:
    announced(broker, "khatma", "khatma.created.v1", "khatma.completed.v1")
    announced(broker, "practice", "practice.session_logged.v1")
    announced(broker, "auth", "auth.user_registered.v1")
    heard = {
        ANA: ["khatma.created.v1", "khatma.completed.v1"],
        BOB: ["practice.session_logged.v1"],
    }
    for name, keys in heard.items():
        for queue in OWN:
            with connected(urls[name]) as connection:
                assert read(connection, queue.format(name), len(keys)) == keys


def test_a_consumer_of_everything_reads_the_stream_of_everything(
    broker: Vhost, urls: dict[str, str]
) -> None:
    announced(broker, "auth", "auth.user_updated.v1")
    announced(broker, "khatma", "khatma.updated.v1")
    with connected(urls[ALL]) as connection:
        keys = read(connection, "activity", 2)
    assert {"auth.user_updated.v1", "khatma.updated.v1"} <= set(keys)


@pytest.mark.parametrize("queue", OTHERS)
def test_a_consumer_touches_nobody_elses_queue(urls: dict[str, str], queue: str) -> None:
    attempts: dict[str, Callable[[amqp.Channel], object]] = {
        "consume": lambda channel: (channel.basic_qos(0, 5, False), channel.basic_consume(queue)),
        "get": lambda channel: channel.basic_get(queue),
        "purge": lambda channel: channel.queue_purge(queue),
        "delete": lambda channel: channel.queue_delete(queue),
        "bind": lambda channel: channel.queue_bind(queue, "sakina.activity", "khatma.#"),
    }
    with connected(urls[ANA]) as connection:
        for what, attempt in attempts.items():
            assert refused(connection, attempt), f"a consumer may {what} {queue}"


@pytest.mark.parametrize("queue", [own.format(ANA) for own in OWN])
def test_a_consumer_does_not_change_what_was_made_for_it(urls: dict[str, str], queue: str) -> None:
    """Its bounds and its topics hold because nobody but the operator makes or binds a queue."""
    attempts: dict[str, Callable[[amqp.Channel], object]] = {
        "declare": lambda channel: channel.queue_declare(queue, durable=True, auto_delete=False),
        "delete": lambda channel: channel.queue_delete(queue),
        **{
            f"bind {key}": lambda channel, key=key: channel.queue_bind(
                queue, "sakina.activity", key
            )
            for key in ("#", "practice.#", "*.*.v1", "khatma.#", "khatma.created.v1")
        },
        "unbind": lambda channel: channel.queue_unbind(queue, "sakina.activity", "khatma.#"),
        "bind to a service": lambda channel: channel.queue_bind(queue, "auth.events", "#"),
    }
    with connected(urls[ANA]) as connection:
        for what, attempt in attempts.items():
            assert refused(connection, attempt), f"a consumer may {what} {queue}"


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"x-queue-type": "quorum"},
        {"x-queue-type": "stream"},
        {"x-max-length": 1, "x-overflow": "reject-publish"},
        {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "rpc-auth"},
        {"x-dead-letter-exchange": "khatma.events"},
    ],
)
@pytest.mark.parametrize("name", [f"sub.{ANA}.more", f"sub.{ANA}1", "mine"])
def test_a_consumer_makes_no_queue(
    urls: dict[str, str], name: str, arguments: dict[str, object]
) -> None:
    """One that refuses would have each event published again, and for everybody."""
    with connected(urls[ANA]) as connection:
        assert refused(
            connection,
            lambda channel: channel.queue_declare(
                name, durable=True, auto_delete=False, arguments=arguments
            ),
        )


def test_a_consumer_makes_no_queue_that_the_broker_names(urls: dict[str, str]) -> None:
    with connected(urls[ANA]) as connection:
        assert refused(connection, lambda channel: channel.queue_declare("", exclusive=True))


@pytest.mark.parametrize(
    "exchange",
    [
        *("", "sakina.activity", "activity.live", "khatma.events", "auth.events", "nameko-rpc"),
        *("sakina.dlx", "amq.topic", "amq.direct", "amq.fanout"),
    ],
)
def test_a_consumer_publishes_nothing(broker: Vhost, urls: dict[str, str], exchange: str) -> None:
    keys = ["khatma.created.v1", f"sub.{ANA}", "rpc-auth", "auth.health", "khatma"]
    with connected(urls[ANA]) as connection:
        for key in keys:
            assert refused(connection, lambda channel, key=key: publish(channel, exchange, key))
            assert refused(
                connection,
                lambda channel, key=key: publish(channel, exchange, "any", CC=[key], BCC=[key]),
            )


@pytest.mark.parametrize("exchange", ["sakina.activity", "khatma.events", "activity.live"])
def test_a_consumer_makes_and_deletes_no_exchange(urls: dict[str, str], exchange: str) -> None:
    attempts: list[Callable[[amqp.Channel], object]] = [
        lambda channel: channel.exchange_delete(exchange),
        lambda channel: channel.exchange_declare(exchange, "topic", durable=True),
        lambda channel: channel.exchange_declare(f"sub.{ANA}", "topic", durable=True),
        lambda channel: channel.exchange_bind(f"sub.{ANA}", exchange, "#"),
        lambda channel: channel.exchange_bind(exchange, "auth.events", "#"),
    ]
    with connected(urls[ANA]) as connection:
        for attempt in attempts:
            assert refused(connection, attempt)


def test_a_consumer_enters_no_other_virtual_host(broker: Vhost, urls: dict[str, str]) -> None:
    elsewhere = urls[ANA].rpartition("/")[0] + "/sakina"
    with pytest.raises(amqp.NotAllowed), connected(elsewhere):
        pass


def test_a_consumer_has_few_connections(urls: dict[str, str]) -> None:
    with ExitStack() as opened, pytest.raises(amqp.NotAllowed, match="connection limit"):
        for _ in range(LIMITS["max-connections"] + 1):
            opened.enter_context(connected(urls[BOB]))


def test_a_queue_that_nobody_reads_drops_its_oldest_and_holds_nobody_up(
    broker: Vhost, urls: dict[str, str]
) -> None:
    """Every publish of the relay's is confirmed, and other consumers hear everything."""
    types = ["member_joined", "member_left"]
    events = [f"khatma.{types[number % 2]}.v1" for number in range(FEW * 5)]
    announced(broker, "khatma", *events)  # a refusal would raise
    with connected(urls[ANA]) as connection:
        assert len(read(connection, f"sub.{ANA}", FEW)) == FEW
    with connected(urls[ALL]) as connection:
        whole = read(connection, "activity", len(events))
    assert [key for key in whole if ".member_" in key][-len(events) :] == events


def is_cut_off(connection: amqp.Connection) -> bool:
    """Return whether the broker ends the connection, soon."""
    try:
        while True:
            connection.drain_events(timeout=10)
    except TimeoutError:
        return False
    except (amqp.AMQPError, OSError):
        return True


def test_a_new_password_ends_the_old_one_where_it_is_in_use(
    broker: Vhost, consumers: Consumers, urls: dict[str, str]
) -> None:
    name = f"eve-{os.getpid()}"
    old = url(broker, name, consumers.add(name, ["khatma.#"]))
    try:
        announced(broker, "khatma", "khatma.created.v1")
        with connected(old) as connection:
            new = url(broker, name, consumers.rotate(name))
            assert is_cut_off(connection)
        with pytest.raises(amqp.AccessRefused), connected(old):
            pass
        with connected(new) as connection:
            assert read(connection, f"sub.{name}", 1) == ["khatma.created.v1"]
        with connected(new) as connection:
            assert refused(connection, lambda channel: channel.basic_get(f"sub.{ANA}"))
    finally:
        consumers.remove(name)


def test_who_is_removed_is_out_and_leaves_nothing(broker: Vhost, consumers: Consumers) -> None:
    name = f"eve-{os.getpid()}"
    there = url(broker, name, consumers.add(name, ["khatma.#"]))
    assert name in {consumer.name for consumer in consumers.listed()}
    with connected(there) as connection:
        consumers.remove(name)
        assert is_cut_off(connection)
    with pytest.raises(amqp.AccessRefused), connected(there):
        pass
    assert name not in broker.control("list_queues", "name")
    assert name not in broker.server.control("list_users")


def test_the_list_says_what_each_hears_of(broker: Vhost, consumers: Consumers) -> None:
    topics = {consumer.name: list(consumer.topics) for consumer in consumers.listed()}
    assert {name: topics[name] for name in TOPICS} == {
        name: sorted(heard) for name, heard in TOPICS.items()
    }
