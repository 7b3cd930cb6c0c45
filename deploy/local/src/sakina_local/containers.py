"""Servers for tests from containers: the official images that a deployment runs on.

Each ends with whoever started it: the helper of `parts` removes what it started when its user is
gone, so the watchdog container that testcontainers would add is left out.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

import amqp
import psycopg2

from sakina_local.addresses import SUPERUSER, BrokerAddress, PostgresAddress
from sakina_local.definitions import ADMIN, definitions
from sakina_local.ports import LOOPBACK, free_ports
from sakina_local.problems import Problem
from sakina_stack.broker_control import SCRIPT

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

POSTGRES_IMAGE = "postgres:17"
RABBITMQ_IMAGE = "rabbitmq:4-management"
START_SECONDS = 120
LOOK_SECONDS = 0.1
SUPERUSER_PASSWORD = "postgres-test"  # noqa: S105 - of a server on the loopback that dies with its run


@cache
def missing() -> str | None:
    """Return what is missing to take servers from containers, as a sentence, or None.

    An image that is not on this machine is fetched, which takes its time once.
    """
    if shutil.which("docker") is None:
        return "The program docker is not installed."
    if not _docker("info"):
        return "No Docker engine answers."
    for image in (POSTGRES_IMAGE, RABBITMQ_IMAGE):
        if not _docker("image", "inspect", image) and not _docker("pull", "--quiet", image):
            return f"The image {image} is not here and cannot be fetched."
    return None


def _docker(*arguments: str) -> bool:
    done = subprocess.run(["docker", *arguments], capture_output=True, check=False)  # noqa: S603, S607
    return done.returncode == 0


class _Server:
    """One container on a port of the loopback that stays the same when it is started again."""

    image: str
    inner_port: int

    def __init__(self) -> None:
        self.port = 0
        self._container: DockerContainer | None = None

    def launch(self) -> None:
        """Start the container, the first time with a fresh server in it."""
        if self._container is not None:
            self._container.get_wrapped_container().start()
            return
        # Every test process would pay for it, and most have servers without containers.
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415

        (self.port,) = free_ports(1)
        self._container = DockerContainer(self.image)
        self._container.ports = {f"{self.inner_port}/tcp": (LOOPBACK, self.port)}
        self._describe(self._container)
        try:
            self._container.start()
        except Exception as error:
            raise Problem(f"A container of {self.image} did not start: {error}") from error

    def wait(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or not self.running:
                log = self._wrapped().logs(tail=20).decode(errors="replace")
                raise Problem(f"The container of {self.image} does not answer; it says:\n{log}")
            time.sleep(LOOK_SECONDS)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        self.wait()

    def stop(self, grace: float = 10) -> None:
        """Stop it; connections are cut, what was committed or is durable stays."""
        if self._container is not None:
            self._wrapped().stop(timeout=int(grace))

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self.running:
            self._wrapped().kill()

    def discard(self) -> None:
        """Remove it with its data."""
        if self._container is not None:
            self._wrapped().remove(force=True, v=True)
            self._container = None

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        if self._container is None:
            return False
        wrapped = self._wrapped()
        wrapped.reload()
        return bool(wrapped.status == "running")

    def _wrapped(self) -> Any:
        assert self._container is not None  # noqa: S101 - it was launched
        return self._container.get_wrapped_container()

    def _describe(self, container: "DockerContainer") -> None:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError


class ContainerPostgres(_Server):
    """A PostgreSQL server in a container.

    Args:
        passwords: Password of each of `addresses.ROLES`.
    """

    image = POSTGRES_IMAGE
    inner_port = 5432

    def __init__(self, passwords: Mapping[str, str]) -> None:
        super().__init__()
        self.passwords = {**passwords, SUPERUSER: SUPERUSER_PASSWORD}

    @property
    def address(self) -> PostgresAddress:
        """Where it is, for whoever knows the passwords."""
        return PostgresAddress(LOOPBACK, self.port, self.passwords)

    def _describe(self, container: "DockerContainer") -> None:
        # Loss of power may cost a test server its data; a process that dies never does.
        settings = "-c fsync=off -c full_page_writes=off -c max_connections=200"
        container.with_env("POSTGRES_PASSWORD", SUPERUSER_PASSWORD)
        container.with_command(f"postgres {settings}")

    def _answers(self) -> bool:
        return _succeeds(lambda: self.address.connect().close(), psycopg2.OperationalError)


class ContainerBroker(_Server):
    """A RabbitMQ node in a container, with Sakina's users.

    Args:
        passwords: Password of each user, `ADMIN` among them.
        vhosts: Names of the virtual hosts that it has from the start.
    """

    image = RABBITMQ_IMAGE
    inner_port = 5672

    def __init__(self, passwords: Mapping[str, str], vhosts: Sequence[str] = ("sakina",)) -> None:
        super().__init__()
        self.passwords = passwords
        self.vhosts = tuple(vhosts)
        self._furnished = False

    def wait(self) -> None:
        """Wait until it answers, and the first time make users and permissions."""
        super().wait()
        if not self._furnished:
            self.address.control(
                "import_definitions", said=json.dumps(definitions(self.passwords, self.vhosts))
            )
            self._furnished = True

    @property
    def address(self) -> BrokerAddress:
        """Where it is, and how to control it."""
        kept = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH")
        return BrokerAddress(
            LOOPBACK,
            self.port,
            self.passwords,
            ["docker", "exec", "--interactive", self._wrapped().id, "sh", "-c", SCRIPT, "sh"],
            {name: os.environ[name] for name in kept if name in os.environ},
        )

    def _describe(self, container: "DockerContainer") -> None:
        container.with_env("RABBITMQ_DEFAULT_USER", ADMIN)
        container.with_env("RABBITMQ_DEFAULT_PASS", self.passwords[ADMIN])
        container.with_kwargs(hostname="sakina-test")  # the node's data lives under its name

    def _answers(self) -> bool:
        def log_in() -> None:
            connection = amqp.Connection(
                host=f"{LOOPBACK}:{self.port}",
                userid=ADMIN,
                password=self.passwords[ADMIN],
                connect_timeout=5,
            )
            try:
                connection.connect()
            finally:
                connection.close()

        return _succeeds(log_in, OSError, amqp.AMQPError)


def _succeeds(attempt: Callable[[], None], *failures: type[Exception]) -> bool:
    try:
        attempt()
    except failures:
        return False
    return True
