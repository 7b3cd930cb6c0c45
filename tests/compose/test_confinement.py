"""What a container may reach, and what it may do."""

import itertools
import json
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from load import Reader
from page_commands import give
from stack import BASE, DEPLOY, OURS, SERVICES, Run, Stack, docker

REACH = """
import concurrent.futures, socket, sys
def reached(target):
    host, port = target.split(':')
    try:
        socket.create_connection((host, int(port)), 2).close()
        return True
    except OSError:
        return False
with concurrent.futures.ThreadPoolExecutor(20) as pool:
    found = pool.map(reached, sys.argv[1:])
    print(*(target for target, there in zip(sys.argv[1:], found) if there))
"""
EVERYTHING = {
    "traefik:8080",
    "gateway:8000",
    *(f"{service}:8000" for service in SERVICES),
    "postgres:5432",
    "rabbitmq:5672",
    "rabbitmq:15672",
    *(f"{process}:9100" for process in OURS),
}
BROKER = {"rabbitmq:5672", "rabbitmq:15672"}
# Of the figures at 9100, its own alone.
MAY_REACH = {
    "gateway": {"traefik:8080", "gateway:8000", "gateway:9100", *BROKER},
    **{service: {"postgres:5432", f"{service}:9100", *BROKER} for service in SERVICES},
}


@pytest.mark.parametrize("service", OURS)
def test_a_container_reaches_its_parts_and_nobody_else(stack: Stack, service: str) -> None:
    (container,) = stack.ids(service)
    said = docker("exec", container, "python", "-c", REACH, *sorted(EVERYTHING))
    assert set(said.split()) == MAY_REACH[service]


@pytest.fixture(scope="module")
def hosts_listener() -> Iterator[list[str]]:
    """Something that listens on every address of this host; its addresses with the port."""
    with socket.create_server(("0.0.0.0", 0), backlog=100) as server:
        yield [f"{address}:{server.getsockname()[1]}" for address in own_addresses()]


def own_addresses() -> list[str]:
    """Return this host's addresses from the kernel's own table of routes."""
    lines = Path("/proc/net/fib_trie").read_text().splitlines()
    return sorted(
        {
            before.split()[-1]
            for before, line in itertools.pairwise(lines)
            if "/32 host LOCAL" in line
        }
    )


@pytest.mark.parametrize("service", [service for service in OURS if service != "notify"])
def test_a_container_has_no_way_out(stack: Stack, service: str, hosts_listener: list[str]) -> None:
    """Not even to the host, on any of its addresses; through the host would be the way further.

    notify has one: it sends webhooks, and to public addresses alone.
    """
    (container,) = stack.ids(service)
    outside = [target for target in hosts_listener if not target.startswith("127.")]
    assert outside
    assert docker("exec", container, "python", "-c", REACH, *outside) == ""
    free = ["run", "--rm", f"--network={stack.name}_edge", "python:3.13-slim"]
    assert docker(*free, "python", "-c", REACH, *outside), "it is there for whoever may leave"


def test_the_way_out_is_notifys_alone(stack: Stack) -> None:
    network = json.loads(docker("network", "inspect", f"{stack.name}_outgoing"))[0]
    assert set(network["Containers"]) == set(stack.ids("notify"))
    assert network["Options"]["com.docker.network.bridge.enable_icc"] == "false"


def test_a_webhook_leads_to_no_address_of_the_host(stack: Stack, hosts_listener: list[str]) -> None:
    """Which notify could reach: what keeps it from there is its own rule, as everywhere."""
    (container,) = stack.ids("notify")
    post = (
        "import eventlet; eventlet.monkey_patch()\n"
        "import sys\n"
        "from notify.outgoing.posting import Poster\n"
        "poster = Poster(loopback=False)\n"
        "print(*{poster.post(f'http://{to}/', b'{}', {}).problem.value for to in sys.argv[1:]})"
    )
    inside = [target for target in hosts_listener if not target.startswith("127.")]
    said = docker("exec", container, "python", "-c", post, *inside, "postgres:5432")
    assert said.split() == ["address"]


def test_every_network_but_the_edge_is_closed(stack: Stack) -> None:
    names = ("front", "gateway", *SERVICES)
    shown = [
        docker("network", "inspect", "-f", "{{.Internal}}", f"{stack.name}_{n}") for n in names
    ]
    assert shown == ["true"] * len(names)


def test_nothing_but_traefik_is_published(stack: Stack) -> None:
    published = {}
    for container in stack.compose("ps", "--quiet").split():
        seen = stack.inspect(container)
        ports = {
            (port, bound["HostPort"])
            for port, bindings in seen["NetworkSettings"]["Ports"].items()
            for bound in bindings or []
        }
        if ports:
            published[seen["Config"]["Labels"]["com.docker.compose.service"]] = ports
    assert published == {"traefik": {("8080/tcp", str(stack.port))}}


def test_a_developers_machine_opens_the_rest_to_itself_alone(run: Run) -> None:
    stack = Stack.fresh(run)
    stack.files = [BASE, DEPLOY / "docker-compose.dev.yml"]
    services = json.loads(stack.compose("config", "--format=json"))["services"]
    opened = {
        name: {port.get("host_ip") for port in says["ports"]}
        for name, says in services.items()
        if "ports" in says and name != "traefik"
    }
    assert set(opened) == {"gateway", "postgres", "rabbitmq"}
    assert set().union(*opened.values()) == {"127.0.0.1"}


@pytest.fixture(scope="module")
def everything(stack: Stack) -> dict[str, dict[str, Any]]:
    """Every container of the stack, jobs too, by the name of its service."""
    containers = [stack.inspect(one) for one in stack.compose("ps", "--all", "--quiet").split()]
    return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in containers}


def test_every_container_is_confined(everything: dict[str, dict[str, Any]]) -> None:
    assert len(everything) == 14
    for service, seen in everything.items():
        host = seen["HostConfig"]
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert "no-new-privileges:true" in host["SecurityOpt"], service
        assert not host["Privileged"], service
        assert not [mount for mount in seen["Mounts"] if "docker.sock" in mount["Source"]], service


def test_every_volume_has_a_name(stack: Stack, everything: dict[str, dict[str, Any]]) -> None:
    """One without is left behind by each container that is made anew."""
    for service, seen in everything.items():
        volumes = [mount["Name"] for mount in seen["Mounts"] if mount["Type"] == "volume"]
        assert [name for name in volumes if not name.startswith(stack.name)] == [], service


def test_what_runs_for_long_has_limits_and_comes_back(
    everything: dict[str, dict[str, Any]],
) -> None:
    for service in ("traefik", *OURS, "backup", "postgres", "rabbitmq"):
        host = everything[service]["HostConfig"]
        assert host["Memory"] > 0, service
        assert host["NanoCpus"] > 0, service
        assert host["RestartPolicy"]["Name"] == "unless-stopped", service


def test_our_processes_are_nobody(stack: Stack) -> None:
    for service in OURS:
        (container,) = stack.ids(service)
        status = docker("exec", container, "cat", "/proc/1/status")
        lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert set(lines["Uid"].split()) == {"10001"}, service
        assert int(lines["CapEff"], 16) == 0, service
        assert int(lines["CapBnd"], 16) == 0, service
        assert lines["NoNewPrivs"].strip() == "1", service


@pytest.mark.parametrize("service", OURS)
def test_a_container_sees_its_own_secrets_alone(stack: Stack, service: str) -> None:
    (container,) = stack.ids(service)
    seen = set(stack.python(container, "import os; print(*os.listdir('/run/secrets'))").split())
    if service == "gateway":
        assert seen == {"sakina_broker_url", "sakina_fingerprint_key"}
    else:
        assert seen == {"sakina_database_url", "sakina_broker_url"}
    for name, user in (("sakina_broker_url", service), ("sakina_database_url", f"{service}_app")):
        if name in seen:
            url = stack.python(container, f"print(open('/run/secrets/{name}').read())")
            assert url.split("://")[1].startswith(f"{user}:")
    keys = stack.python(container, "import os; print(os.path.exists('/run/signing'))")
    assert keys == str(service == "auth")


def test_no_secret_is_in_what_docker_shows(
    stack: Stack, everything: dict[str, dict[str, Any]]
) -> None:
    shown = json.dumps(everything) + stack.compose("config")
    for file in stack.secrets.iterdir():
        if file.is_file() and file.suffix == "":
            said = file.read_text()
            secret = said.split("@")[0].rsplit(":", 1)[-1] if "://" in said else said
            assert secret not in shown, file.name


def test_no_user_of_the_broker_was_there_before(stack: Stack) -> None:
    users = {line.split("\t")[0] for line in stack.rabbitmqctl("list_users").splitlines()[1:]}
    assert users == set(OURS)
    tags = {line.split("\t")[1] for line in stack.rabbitmqctl("list_users").splitlines()[1:]}
    assert tags == {"[]"}


def test_statements_are_counted_without_what_they_said(stack: Stack, reader: Reader) -> None:
    with reader.client() as http:
        assert reader.log_session(http, secrets.token_hex(8), 17).status_code == 201
    said = give(stack, "### Statements")
    assert "practice_app" in said
    assert "percent" in said
    every = "\n".join(stack.sql("select query from pg_stat_statements"))
    assert "insert into" in every.lower()
    for what in (reader.name, "SCRAM-SHA-256", "PASSWORD '"):
        assert what not in every
    assert stack.sql("select has_schema_privilege('practice_app', 'public', 'usage')") == ["f"]
