"""The tests of local processes, run against the containers."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stack import BASE, DEPLOY, ROOT, Stack, docker

from sakina_local import chromium_package, node
from sakina_local.addresses import ROLES, BrokerAddress, Parts, PostgresAddress
from sakina_local.definitions import ADMIN
from sakina_local.ports import free_ports
from sakina_stack.broker_control import SCRIPT

DEV = DEPLOY / "docker-compose.dev.yml"
Record = Callable[[str, object], None]


# What a system in containers cannot do for a test.
MAY_BE_SKIPPED = (
    "only what the tests started themselves",
    "only a broker that the tests started themselves",
    "nothing leads from a container to this machine's loopback",
)


def pytest_in(folder: Path, environment: dict[str, str], *options: str) -> str:
    """Run the tests of `folder` in a process of their own; all must pass. Return their count."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAKINA_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--color=no", "-rs", *options],
        cwd=folder,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    summary = done.stdout.strip().splitlines()[-1]
    assert "passed" in summary
    skipped = [line for line in done.stdout.splitlines() if line.startswith("SKIPPED")]
    for line in skipped:
        assert any(reason in line for reason in MAY_BE_SKIPPED), line
    return summary


@pytest.fixture
def to_loopback(stack: Stack) -> Iterator[None]:
    """Have notify take a webhook to its own loopback, where nobody listens."""
    more = stack.folder / "to_loopback.yml"
    environment = {"SAKINA_WEBHOOKS_TO_LOOPBACK": "1"}
    more.write_text(json.dumps({"services": {"notify": {"environment": environment}}}))
    stack.files = [BASE, more]
    stack.up("--no-deps", "notify")
    yield
    stack.files = [BASE]
    stack.up("--no-deps", "notify")
    stack.wait_until_ready()


@pytest.mark.usefixtures("to_loopback")
def test_the_system_tests_pass_through_traefik(stack: Stack, record_property: Record) -> None:
    stack.wait_until_ready()
    summary = pytest_in(
        ROOT / "tests" / "system",
        {
            "SAKINA_SYSTEM_URL": stack.url,
            "SAKINA_SYSTEM_STACK": json.dumps({"url": stack.url, "environment": stack.environment}),
            "PYTHONPATH": str(Path(__file__).parent),
        },
        "-p",
        "contained_system",
    )
    record_property("tests/system", summary)


def test_browsers_see_the_same_through_traefik(stack: Stack, record_property: Record) -> None:
    """In Chromium: what another one does on the page /live, also after a lost connection; calls
    and an EventSource of another origin. tests/README.md says how to ask all of tests/browser.
    """
    if missing := chromium_package.missing() or node.missing():
        pytest.skip(missing)
    stack.wait_until_ready()
    through = {"SAKINA_SYSTEM_URL": stack.url}
    summary = pytest_in(ROOT / "tests" / "browser", through, "-k", "together or lost or not live")
    record_property("tests/browser", summary)


@pytest.fixture
def parts(stack: Stack) -> Iterator[Parts]:
    """Where the stack's database and broker are, opened to this machine by the override for it."""
    names = ("SAKINA_POSTGRES_PORT", "SAKINA_BROKER_PORT", "SAKINA_BROKER_UI_PORT")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    stack.files = [BASE, DEV]
    try:
        with stack.having(**{name: str(port) for name, port in ports.items()}):
            yield from opened(stack, ports)
    finally:
        stack.files = [BASE]
        stack.up("--no-deps", "postgres", "rabbitmq")
        stack.wait_until_ready()


def opened(stack: Stack, ports: dict[str, int]) -> Iterator[Parts]:
    """Open the stack's database and broker on `ports`."""
    stack.up("--no-deps", "postgres", "rabbitmq")
    (rabbitmq,) = stack.ids("rabbitmq")
    passwords = broker_passwords(stack)
    stack.rabbitmqctl("add_user", ADMIN, passwords[ADMIN])
    yield Parts(
        PostgresAddress("127.0.0.1", ports["SAKINA_POSTGRES_PORT"], database_passwords(stack)),
        BrokerAddress(
            "127.0.0.1",
            ports["SAKINA_BROKER_PORT"],
            passwords,
            ["docker", "exec", "-i", rabbitmq, "sh", "-c", SCRIPT, "sh"],
            {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        ),
    )
    stack.rabbitmqctl("delete_user", ADMIN)


def password_in(file: Path) -> str:
    return file.read_text().split("://")[1].partition("@")[0].partition(":")[2]


def database_passwords(stack: Stack) -> dict[str, str]:
    kinds = {"app": "database_url", "owner": "owner_url"}
    found = {
        role: password_in(stack.secrets / f"{service}_{kinds[kind]}")
        for role in ROLES
        for service, _, kind in [role.rpartition("_")]
    }
    return {**found, "postgres": (stack.secrets / "postgres_password").read_text()}


def broker_passwords(stack: Stack) -> dict[str, str]:
    users = ("auth", "practice", "khatma", "notify", "gateway")
    found = {user: password_in(stack.secrets / f"{user}_broker_url") for user in users}
    return {**found, ADMIN: "for-this-test-alone"}


def test_the_same_refusals_hold(parts: Parts, tmp_path: Path, record_property: Record) -> None:
    shared = tmp_path / "parts.json"
    shared.touch(mode=0o600)
    shared.write_text(parts.to_json())
    summary = pytest_in(ROOT / "tests" / "privileges", {"SAKINA_TEST_PARTS": str(shared)})
    record_property("tests/privileges", summary)


def test_the_stacks_own_database_and_vhost_have_the_permissions_of_the_files(
    stack: Stack,
) -> None:
    said = json.loads((DEPLOY / "rabbitmq" / "definitions.json").read_text())
    found = json.loads(stack.rabbitmqctl("export_definitions", "-", "--format=json"))
    for kind in ("permissions", "topic_permissions"):
        mine = [one for one in found[kind] if one["vhost"] == "sakina"]
        assert sorted(mine, key=str) == sorted(
            ({name: one[name] for name in mine[0]} for one in said[kind]), key=str
        )
    assert [vhost["name"] for vhost in found["vhosts"]] == ["sakina"]
    (container,) = stack.ids("auth")
    code = """
import psycopg2
url = open('/run/secrets/sakina_database_url').read().replace('+psycopg2', '')
cursor = psycopg2.connect(url).cursor()
for statement in ('select * from khatma.outbox', 'create table mine (id int)'):
    try:
        cursor.execute(statement)
    except psycopg2.errors.InsufficientPrivilege:
        print('refused')
        cursor.connection.rollback()
"""
    assert docker("exec", container, "python", "-c", code).split() == ["refused", "refused"]
