"""Consumers outside reach the broker by a port that is open once the operator opens it, by TLS."""

import json
import socket
import ssl
import sys
from collections.abc import Callable

import amqp
import pytest
from certificates import certificate
from stack import BASE, DEPLOY, Stack, run

from sakina_local.ports import free_ports

Fresh = Callable[[], Stack]
CONSUMERS = DEPLOY / "docker-compose.consumers.yml"


def opened(stack: Stack) -> Stack:
    stack.files = [BASE, CONSUMERS]
    stack.settings |= {
        "SAKINA_CONSUMERS_HOST": "localhost",
        "SAKINA_CONSUMERS_PORT": str(free_ports(1)[0]),
    }
    return stack


def consumer(stack: Stack, *words: str) -> str:
    """Return what the command of docs/consumers.md says last, which must do well."""
    source = {"PYTHONPATH": str(DEPLOY / "stack" / "src")}
    command = [sys.executable, "-m", "sakina_stack", "consumer", *words]
    done = run(command, env={**stack.environment, **source})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def connection(stack: Stack, url: str) -> amqp.Connection:
    account, _, place = url.removeprefix("amqps://").partition("@")
    user, _, password = account.partition(":")
    host, _, vhost = place.partition("/")
    trusted = {
        "ca_certs": str(stack.secrets / "tls_certificate"),
        "cert_reqs": ssl.CERT_REQUIRED,
        "server_hostname": "localhost",
    }
    made = amqp.Connection(host, user, password, virtual_host=vhost, ssl=trusted)
    made.connect()
    return made


def heard(stack: Stack, url: str, queue: str) -> str:
    """Return the key of the first event that a consumer reads in its queue."""
    with connection(stack, url) as outside, outside.channel() as channel:
        keys: list[str] = []
        channel.basic_qos(0, 5, False)
        channel.basic_consume(
            queue, callback=lambda message: keys.append(message.delivery_info["routing_key"])
        )
        while not keys:
            outside.drain_events(timeout=30)
        return keys[0]


def test_the_brokers_port_is_closed_unless_it_is_opened(spare: Fresh) -> None:
    described = json.loads(spare().compose("config", "--format=json"))["services"]["rabbitmq"]
    assert "ports" not in described


def test_a_consumer_outside_hears_by_tls_and_outlasts_the_brokers_container(spare: Fresh) -> None:
    stack = opened(spare())
    certificate(stack.secrets, "localhost")
    stack.up("rabbitmq")
    url = consumer(stack, "add", "analytics", "khatma.#")
    assert url.startswith("amqps://analytics:")
    assert url.endswith(f"@localhost:{stack.settings['SAKINA_CONSUMERS_PORT']}/sakina")
    announce(stack)
    assert heard(stack, url, "sub.analytics") == "khatma.created.v1"

    # A new container reads the definitions again, and they take nobody away.
    stack.up("--force-recreate", "--no-deps", "rabbitmq")
    announce(stack)
    assert heard(stack, url, "sub.analytics") == "khatma.created.v1"
    assert "analytics" in consumer(stack, "list")

    newer = consumer(stack, "rotate", "analytics")
    with pytest.raises((amqp.AccessRefused, OSError)):
        connection(stack, url)
    connection(stack, newer).close()
    assert "removed" in consumer(stack, "remove", "analytics")
    with pytest.raises((amqp.AccessRefused, OSError)):
        connection(stack, newer)


def announce(stack: Stack) -> None:
    """Publish as khatma's relay does, from the network of khatma."""
    url = (stack.secrets / "khatma_broker_url").read_text()
    code = (
        "import amqp, sys; from urllib.parse import urlsplit; u = urlsplit(sys.argv[1]);"
        "c = amqp.Connection(f'{u.hostname}:{u.port}', u.username, u.password,"
        " virtual_host=u.path[1:]); c.connect();"
        "c.channel().basic_publish_confirm("
        "amqp.Message('{}', delivery_mode=2), 'khatma.events', 'khatma.created.v1')"
    )
    stack.compose("run", "--rm", "--no-deps", "-T", "khatma", "python", "-c", code, url)


def test_the_port_speaks_tls_and_nothing_else(spare: Fresh) -> None:
    stack = opened(spare())
    certificate(stack.secrets, "localhost")
    stack.up("rabbitmq")
    now = ssl.create_default_context(cafile=stack.secrets / "tls_certificate")
    assert handshake(stack, now) == "TLSv1.3", "somebody listens, who refuses what follows"
    assert not said_to_amqp(stack).startswith(b"\x01"), "no frame of AMQP comes back"
    old = ssl.create_default_context(cafile=stack.secrets / "tls_certificate")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, OSError)):
        handshake(stack, old)


def consumers_port(stack: Stack) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(stack.settings["SAKINA_CONSUMERS_PORT"])), 10)


def handshake(stack: Stack, trusted: ssl.SSLContext) -> str | None:
    """Return the version that the port and somebody who trusts its certificate agree on."""
    with (
        consumers_port(stack) as raw,
        trusted.wrap_socket(raw, server_hostname="localhost") as secure,
    ):
        return secure.version()


def said_to_amqp(stack: Stack) -> bytes:
    """Return what the port answers to who begins without TLS; a reset is nothing."""
    with consumers_port(stack) as plain:
        plain.sendall(b"AMQP\x00\x00\x09\x01")
        try:
            return plain.recv(100)
        except ConnectionResetError:
            return b""


def test_a_certificate_that_cannot_serve_stops_the_start(spare: Fresh) -> None:
    stack = opened(spare())
    certificate(stack.secrets, "elsewhere.example")
    assert stack.do("broker-certificate") == 1
    assert "not valid for 'localhost'" in stack.logs("broker-certificate")
    described = json.loads(stack.compose("config", "--format=json"))["services"]["rabbitmq"]
    condition = described["depends_on"]["broker-certificate"]["condition"]
    assert condition == "service_completed_successfully"
