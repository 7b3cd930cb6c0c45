"""pytest fixtures: a fresh database and virtual host on real servers.

`SAKINA_TEST_PARTS` names a file with the addresses of servers to share, as `make test` does;
without it, a run starts its own and ends them. Every pytest process has a database and a virtual
host that no other one sees. The fixtures serve processes with eventlet and with asyncio alike.
Hypothesis keeps no time in any of them.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812

from sakina_local import marks, parts
from sakina_local.addresses import SUPERUSER, BrokerAddress, Parts, PostgresAddress
from sakina_local.broker import Broker
from sakina_local.containers import ContainerBroker, ContainerPostgres
from sakina_local.definitions import ADMIN
from sakina_local.postgres import Postgres
from sakina_local.problems import Problem
from sakina_local.system import System, throwaway_system

PRIVATE_VHOSTS = 6
"""A private node has them from its start; to make one, and to delete it, takes a second each."""

ANY_FAILURE = "SAKINA_TEST_ANY_FAILURE"
"""Set where it only matters that a test fails, so that no smaller example is looked for."""


def pytest_collect_file(file_path: Path) -> None:
    """Have hypothesis keep no time in a file of tests that uses it, before the file is read.

    How long an example takes says nothing on a machine that does other things too. The import takes
    as long as all the rest of a pytest process that has no use for it.
    """
    if file_path.suffix == ".py" and b"hypothesis" in file_path.read_bytes():
        import hypothesis  # noqa: PLC0415

        phases = [hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate]
        if not os.environ.get(ANY_FAILURE):
            phases += [hypothesis.Phase.target, hypothesis.Phase.shrink, hypothesis.Phase.explain]
        hypothesis.settings.register_profile("unhurried", deadline=None, phases=phases)
        hypothesis.settings.load_profile("unhurried")


@dataclass(frozen=True)
class Database:
    """A database with Sakina's roles and schemas, and no table yet."""

    server: PostgresAddress
    name: str

    def app_url(self, service: str) -> str:
        """Return SQLAlchemy's address for the role that runs `service`."""
        return self.server.url(f"{service}_app", self.name)

    def owner_url(self, service: str) -> str:
        """Return SQLAlchemy's address for the role that migrates `service`."""
        return self.server.url(f"{service}_owner", self.name)

    @property
    def admin_url(self) -> str:
        """SQLAlchemy's address for the superuser."""
        return self.server.url(SUPERUSER, self.name)

    def connect(self) -> Connection:
        """Return a new psycopg2 connection of the superuser, in autocommit."""
        return self.server.connect(self.name)


@dataclass(frozen=True)
class Vhost:
    """A virtual host with Sakina's exchanges, users and permissions, and nothing else."""

    server: BrokerAddress
    name: str

    def url(self, user: str) -> str:
        """Return the AMQP address for `user`: a service's name or `gateway`."""
        return self.server.url(user, self.name)

    @property
    def admin_url(self) -> str:
        """The AMQP address of a user who may do everything here."""
        return self.server.url(ADMIN, self.name)

    def control(self, *arguments: str) -> str:
        """Run rabbitmqctl with `arguments` and `--vhost`, and return what it says."""
        return self.server.control(*arguments, "--vhost", self.name)


@dataclass(frozen=True)
class PrivateDatabase(Database):
    """A database on a server that nobody else uses, so that a test may stop and kill it."""

    node: Postgres | ContainerPostgres

    def start(self) -> None:
        """Start the server again, with what was committed."""
        self.node.start()

    def stop(self) -> None:
        """Stop the server; connections are cut."""
        self.node.stop()

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        self.node.kill()


@dataclass(frozen=True)
class PrivateVhost(Vhost):
    """A virtual host on a node that nobody else uses, so that a test may stop and kill it."""

    node: Broker | ContainerBroker

    def start(self) -> None:
        """Start the node again, on the same port, with what is durable."""
        self.node.start()

    def stop(self) -> None:
        """Stop the node; connections are cut."""
        self.node.stop()

    def kill(self) -> None:
        """End the node at once, as a crash would."""
        self.node.kill()


def _fresh_name() -> str:
    return f"test_{os.getpid()}_{secrets.token_hex(4)}"


@pytest.fixture(scope="session")
def sakina_parts() -> Iterator[Parts]:
    """Addresses of a PostgreSQL server and a broker."""
    shared = os.environ.get("SAKINA_TEST_PARTS")
    if shared:
        yield Parts.from_json(Path(shared).read_text())
        return
    try:
        with parts.serving() as own:
            yield own
    except Problem as problem:
        pytest.exit(problem.sentence, returncode=3)


@pytest.fixture(scope="session")
def postgres(sakina_parts: Parts) -> Iterator[Database]:
    """A database of this pytest process."""
    database = Database(sakina_parts.postgres, _fresh_name())
    database.server.make_database(database.name)
    yield database
    database.server.drop_database(database.name)


@pytest.fixture(scope="session")
def broker(sakina_parts: Parts) -> Iterator[Vhost]:
    """A virtual host of this pytest process."""
    vhost = Vhost(sakina_parts.broker, _fresh_name())
    vhost.server.add_vhost(vhost.name)
    yield vhost
    vhost.server.delete_vhost(vhost.name)


@pytest.fixture(scope="session")
def _private_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sakina-test-"))
    folder.chmod(0o711)  # the servers may run as another user, who must pass
    yield folder
    marks.end(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _private_vhosts() -> list[str]:
    """Names of virtual hosts of the private node that no test has had yet."""
    return [_fresh_name() for _ in range(PRIVATE_VHOSTS)]


@pytest.fixture(scope="session")
def _private_node(
    _private_folder: Path, _private_vhosts: list[str]
) -> Iterator[Broker | ContainerBroker]:
    node = parts.private_broker(_private_folder / "rabbitmq", _private_vhosts)
    yield node
    node.discard()


@pytest.fixture(scope="session")
def _private_server(_private_folder: Path) -> Iterator[Postgres | ContainerPostgres]:
    node = parts.private_postgres(_private_folder / "postgres")
    yield node
    node.discard()


@pytest.fixture
def private_broker(
    _private_node: Broker | ContainerBroker, _private_vhosts: list[str]
) -> PrivateVhost:
    """A fresh virtual host on a node of this pytest process, running at the start of the test.

    The first test that asks waits for the node's start; the next ones find it running. The virtual
    host goes with the node.
    """
    if not _private_node.running:
        _private_node.start()
    if _private_vhosts:
        return PrivateVhost(_private_node.address, _private_vhosts.pop(), _private_node)
    vhost = PrivateVhost(_private_node.address, _fresh_name(), _private_node)
    vhost.server.add_vhost(vhost.name)
    return vhost


@pytest.fixture
def private_postgres(
    _private_server: Postgres | ContainerPostgres,
) -> Iterator[PrivateDatabase]:
    """A fresh database on a server of this pytest process, running at the start of the test."""
    if not _private_server.running:
        _private_server.start()
        _private_server.address.apply_roles()
    database = PrivateDatabase(_private_server.address, _fresh_name(), _private_server)
    database.server.make_database(database.name)
    yield database
    if _private_server.running:
        database.server.drop_database(database.name)


@pytest.fixture(scope="session")
def system(sakina_parts: Parts, postgres: Database, broker: Vhost) -> Iterator[System]:
    """The whole system, gateway and four services as processes of their own, ready.

    Its `url` is the gateway's. A test may `kill(name)`, `stop(name)` and `start(name)` one of the
    processes, and then `wait_until_ready()`, so that the next test finds it whole.
    """
    folder = Path(tempfile.mkdtemp(prefix="sakina-test-"))
    try:
        with throwaway_system(folder, sakina_parts, postgres.name, broker.name) as running:
            yield running
    except Problem as problem:
        pytest.exit(problem.sentence, returncode=3)
    finally:
        kept = os.environ.get("SAKINA_TEST_LOGS")
        if kept:
            shutil.copytree(
                folder, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.pem")
            )
        shutil.rmtree(folder, ignore_errors=True)
