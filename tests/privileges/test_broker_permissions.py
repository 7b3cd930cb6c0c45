"""Each user of the broker does its own work on its own queues, and nothing else.

Two ways are open by RabbitMQ's design: the default exchange, which replies need, and the header
CC. For both, these tests hold what the consumers' guards rely on: the broker stamps what was
done, and a forger cannot change the stamp.
"""

from collections.abc import Callable

import amqp
import pytest
from attempts import connected, publish, refused

from contracts.catalogue import SERVICES
from sakina_local.testing import Vhost

USERS = (*SERVICES, "gateway")
FOLLOWS = {
    "auth": (),
    "practice": ("auth", "practice"),
    "khatma": ("auth", "khatma"),
    "notify": ("auth", "practice", "khatma"),
    "gateway": ("auth",),
}
PAIRS = [(one, other) for one in USERS for other in USERS if one != other]


def own_queue(channel: amqp.Channel, user: str) -> str:
    """Declare a queue that `user` may declare, and return its name."""
    name = "gw.intruder" if user == "gateway" else f"evt-any-any--{user}.intruder"
    channel.queue_declare(name, durable=True, auto_delete=False)
    return name


def queues_of(user: str) -> list[str]:
    if user == "gateway":
        return ["gw.one"]
    return [
        f"rpc-{user}",
        f"evt-auth-auth.user_registered.v1--{user}.know",
        f"wait.{user}.1",
        f"parked.{user}",
    ]


@pytest.fixture(scope="module", autouse=True)
def _everybody_has_set_up(broker: Vhost) -> None:
    for user in USERS:
        with connected(broker.url(user)) as connection, connection.channel() as channel:
            for queue in queues_of(user):
                if not queue.startswith("parked."):
                    channel.queue_declare(queue, durable=True, auto_delete=False)
            if user != "gateway":
                channel.exchange_declare(f"{user}.back", "direct", durable=True, auto_delete=False)
                channel.queue_bind(f"rpc-{user}", "nameko-rpc", f"{user}.*")


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_nobody_touches_anothers_queue(broker: Vhost, one: str, other: str) -> None:
    with connected(broker.url(one)) as connection:
        mine = own_queue(connection.channel(), one)
        for queue in queues_of(other):
            attempts: dict[str, Callable[[amqp.Channel], object]] = {
                "consume": lambda channel, queue=queue: channel.basic_consume(queue),
                "get": lambda channel, queue=queue: channel.basic_get(queue),
                "purge": lambda channel, queue=queue: channel.queue_purge(queue),
                "delete": lambda channel, queue=queue: channel.queue_delete(queue),
                "declare": lambda channel, queue=queue: channel.queue_declare(
                    queue, durable=True, auto_delete=False
                ),
                "bind": lambda channel, queue=queue: channel.queue_bind(queue, "auth.events", "#"),
            }
            for what, attempt in attempts.items():
                assert refused(connection, attempt), f"{one} may {what} {queue}"
        connection.channel().queue_delete(mine)


@pytest.mark.parametrize("user", USERS)
def test_nobody_deletes_or_declares_a_shared_exchange(broker: Vhost, user: str) -> None:
    shared = ["nameko-rpc", "sakina.dlx", *(f"{service}.events" for service in SERVICES)]
    with connected(broker.url(user)) as connection:
        for exchange in shared:
            assert refused(connection, lambda channel, name=exchange: channel.exchange_delete(name))
            kind = "direct" if exchange == "sakina.dlx" else "topic"
            assert refused(
                connection,
                lambda channel, name=exchange, kind=kind: channel.exchange_declare(
                    name, kind, durable=True, auto_delete=False
                ),
            )


@pytest.mark.parametrize(("one", "other"), [pair for pair in PAIRS if pair[1] != "gateway"])
def test_nobody_deletes_anothers_exchange(broker: Vhost, one: str, other: str) -> None:
    with connected(broker.url(one)) as connection:
        assert refused(connection, lambda channel: channel.exchange_delete(f"{other}.back"))


@pytest.mark.parametrize("user", USERS)
def test_events_are_read_by_those_who_follow_alone(broker: Vhost, user: str) -> None:
    with connected(broker.url(user)) as connection:
        mine = own_queue(connection.channel(), user)
        for source in SERVICES:
            no = refused(
                connection,
                lambda channel, source=source: channel.queue_bind(mine, f"{source}.events", "#"),
            )
            assert no == (source not in FOLLOWS[user]), f"{user} and {source}.events"
        connection.channel().queue_delete(mine)


@pytest.mark.parametrize("user", USERS)
def test_nobody_listens_to_others_commands_or_failures(broker: Vhost, user: str) -> None:
    keys = ["#", "*.*", *(f"{other}.*" for other in SERVICES if other != user)]
    with connected(broker.url(user)) as connection:
        mine = own_queue(connection.channel(), user)
        for key in keys:
            assert refused(
                connection, lambda channel, key=key: channel.queue_bind(mine, "nameko-rpc", key)
            ), f"{user} hears {key}"
        for key in SERVICES:
            assert refused(
                connection, lambda channel, key=key: channel.queue_bind(mine, "sakina.dlx", key)
            )
        connection.channel().queue_delete(mine)


@pytest.mark.parametrize(("one", "other"), [pair for pair in PAIRS if pair[1] != "gateway"])
def test_nobody_announces_in_anothers_name(broker: Vhost, one: str, other: str) -> None:
    with connected(broker.url(one)) as connection:
        for exchange, key in [
            (f"{other}.events", f"{other}.user_deleted.v1"),
            (f"{other}.back", f"evt-auth-auth.user_registered.v1--{other}.know"),
        ]:
            assert refused(
                connection,
                lambda channel, exchange=exchange, key=key: publish(channel, exchange, key),
            ), f"{one} publishes to {exchange}"


@pytest.mark.parametrize("user", SERVICES)
def test_a_service_commands_nobody(broker: Vhost, user: str) -> None:
    with connected(broker.url(user)) as connection:
        for other in SERVICES:
            key = f"{other}.health"
            assert refused(
                connection, lambda channel, key=key: publish(channel, "nameko-rpc", key)
            ), f"{user} calls {key}"


@pytest.mark.parametrize("key", ["auth.#", "auth", "auth.Log", "auth.a.b", "strangers.x", "#", ""])
def test_the_gateway_commands_nothing_but_methods(broker: Vhost, key: str) -> None:
    with connected(broker.url("gateway")) as connection:
        assert refused(connection, lambda channel: publish(channel, "nameko-rpc", key))


@pytest.mark.parametrize("service", SERVICES)
def test_the_gateway_commands_every_service(broker: Vhost, service: str) -> None:
    with connected(broker.url("gateway")) as connection, connection.channel() as channel:
        publish(channel, "nameko-rpc", f"{service}.health")
    assert taken(broker, service, f"rpc-{service}") == [("nameko-rpc", f"{service}.health")]


def test_the_gateway_reaches_no_queue_by_its_name(broker: Vhost) -> None:
    with connected(broker.url("gateway")) as connection:
        assert refused(connection, lambda channel: publish(channel, "", "rpc-auth"))
        assert refused(connection, lambda channel: publish(channel, "sakina.dlx", "auth"))


@pytest.mark.parametrize(("one", "other"), [(a, b) for a, b in PAIRS if b != "gateway" != a])
def test_what_comes_by_the_default_exchange_is_stamped_so(
    broker: Vhost, one: str, other: str
) -> None:
    queue = f"rpc-{other}"
    with connected(broker.url(one)) as connection, connection.channel() as channel:
        publish(channel, "", queue)
        publish(channel, "", f"evt-any--{one}.nobody", CC=[queue])
    stamps = taken(broker, other, queue)
    assert [exchange for exchange, _ in stamps] == ["", ""]


def test_a_carbon_copy_keeps_the_stamp_of_its_first_address(broker: Vhost) -> None:
    with connected(broker.url("gateway")) as connection, connection.channel() as channel:
        publish(channel, "nameko-rpc", "auth.health", CC=["khatma.delete_khatma"])
    assert taken(broker, "auth", "rpc-auth") == [("nameko-rpc", "auth.health")]
    # No permission of the broker's prevents the copy: the guards know it by its stamp.
    assert taken(broker, "khatma", "rpc-khatma") == [("nameko-rpc", "auth.health")]


def test_a_carbon_copy_leaves_its_exchange_for_no_other(broker: Vhost) -> None:
    with connected(broker.url("practice")) as connection, connection.channel() as channel:
        publish(channel, "practice.events", "practice.x.v1", CC=["auth.health", "rpc-auth"])
    assert taken(broker, "auth", "rpc-auth") == []


def taken(broker: Vhost, service: str, queue: str) -> list[tuple[str, str]]:
    """Take what is in a queue: (exchange, routing key) as the broker stamped each."""
    stamps = []
    with connected(broker.url(service)) as connection, connection.channel() as channel:
        while message := channel.basic_get(queue, no_ack=True):
            stamps.append((message.delivery_info["exchange"], message.delivery_info["routing_key"]))
    return stamps
