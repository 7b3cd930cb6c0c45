"""Servers for tests: fresh, on ports and in a folder of their own, gone when their user is.

`python -m sakina_local.parts` starts both, says where they are in one line of JSON, and ends
them when its input is closed, which the kernel does for a user that dies.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from sakina_local import containers, marks
from sakina_local.addresses import ROLES, Parts
from sakina_local.broker import Broker
from sakina_local.containers import ContainerBroker, ContainerPostgres
from sakina_local.definitions import ADMIN, USERS
from sakina_local.ports import free_ports
from sakina_local.postgres import THROWAWAY, Postgres
from sakina_local.problems import Problem

# Test servers listen on the loopback alone and die with their run: these protect nothing.
ROLE_PASSWORDS = {role: f"{role}-test" for role in ROLES}
USER_PASSWORDS = {user: f"{user}-test" for user in (*USERS, ADMIN)}
FROM = "SAKINA_TEST_PARTS_FROM"
ATTEMPTS = 3
"""A free port may be taken before the server has it."""


class LocalParts:
    """The embedded PostgreSQL and a private RabbitMQ node in a temporary folder."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sakina-test-"))
        self.folder.chmod(0o711)  # the server's user passes through; each server's own is 0700

    def start(self) -> Parts:
        """Start both servers, side by side, and return where they are."""
        for attempt in range(1, ATTEMPTS + 1):
            broker = new_broker(self.folder / f"rabbitmq-{attempt}")
            postgres = new_postgres(self.folder / f"postgres-{attempt}")
            try:
                return started(broker, postgres)
            except Problem:
                marks.end(self.folder)
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def end(self) -> None:
        """End both and remove every trace."""
        marks.end(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


class ContainerParts:
    """PostgreSQL and RabbitMQ in containers."""

    def __init__(self) -> None:
        self._postgres = ContainerPostgres(ROLE_PASSWORDS)
        self._broker = ContainerBroker(USER_PASSWORDS)

    def start(self) -> Parts:
        """Start both servers, side by side, and return where they are."""
        return started(self._broker, self._postgres)

    def end(self) -> None:
        """Remove both."""
        self._postgres.discard()
        self._broker.discard()


def started(broker: Broker | ContainerBroker, postgres: Postgres | ContainerPostgres) -> Parts:
    """Start both servers, side by side, with everybody's roles; return where they are.

    Raises:
        Problem: One does not start; it says why.
    """
    broker.launch()
    postgres.start()
    postgres.address.apply_roles()
    broker.wait()
    return Parts(postgres.address, broker.address)


def new_postgres(folder: Path) -> Postgres:
    """Return an embedded server for tests on a free port, not started."""
    return Postgres(folder, free_ports(1)[0], ROLE_PASSWORDS, THROWAWAY)


def new_broker(folder: Path, vhosts: Sequence[str] = ("sakina",)) -> Broker:
    """Return a node of this machine for tests on free ports, not started."""
    return Broker(folder, free_ports(3), USER_PASSWORDS, vhosts)


def private_postgres(folder: Path) -> Postgres | ContainerPostgres:
    """Return a server that one test process may stop and kill, not started."""
    return ContainerPostgres(ROLE_PASSWORDS) if from_containers() else new_postgres(folder)


def private_broker(folder: Path, vhosts: Sequence[str]) -> Broker | ContainerBroker:
    """Return a node with `vhosts` that one test process may stop and kill, not started."""
    if from_containers():
        return ContainerBroker(USER_PASSWORDS, vhosts)
    return new_broker(folder, vhosts)


def from_containers() -> bool:
    """Return whether test servers come from containers, as `SAKINA_TEST_PARTS_FROM` says.

    `containers` and `local` force one of the two; `auto`, the default, takes containers where a
    Docker engine answers and has or gets the images, and else what this machine has.

    Raises:
        Problem: Containers are wanted and cannot be had, or the word is another one.
    """
    wanted = os.environ.get(FROM, "auto")
    if wanted == "local":
        return False
    if wanted not in ("auto", "containers"):
        raise Problem(f"{FROM} is {wanted}: set it to auto, containers or local.")
    missing = containers.missing()
    if missing and wanted == "containers":
        raise Problem(f"{FROM} is containers: {missing}")
    return missing is None


def choose() -> LocalParts | ContainerParts:
    """Return the servers that tests share, not started."""
    return ContainerParts() if from_containers() else LocalParts()


@contextmanager
def serving() -> Iterator[Parts]:
    """Have servers for as long as the context lasts.

    They belong to a process of their own, which ends them however this one ends, and which does
    not care whether this one is patched by eventlet or runs an event loop.

    Raises:
        Problem: They do not start; it says why.
    """
    with tempfile.TemporaryFile() as complaints:
        helper = subprocess.Popen(
            [sys.executable, "-m", "sakina_local.parts"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,
        )
        with helper:  # closes the helper's input at the end, and waits until all is gone
            answer = helper.stdout.readline() if helper.stdout else b""
            if answer:
                yield Parts.from_json(answer.decode())
                return
        complaints.seek(0)
        raise Problem(complaints.read().decode(errors="replace").strip())


def main() -> int:
    """Serve until the input ends or a signal comes."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the user, who then closes us
    try:
        parts = choose()
        try:
            print(parts.start().to_json(), flush=True)  # noqa: T201
            sys.stdin.read()
        finally:
            parts.end()
    except Problem as problem:
        print(problem.sentence, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
