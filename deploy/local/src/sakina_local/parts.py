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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from sakina_local import marks
from sakina_local.addresses import ROLES, Parts
from sakina_local.broker import Broker
from sakina_local.definitions import ADMIN, USERS
from sakina_local.ports import free_ports
from sakina_local.postgres import THROWAWAY, Postgres
from sakina_local.problems import Problem

# Test servers listen on the loopback alone and die with their run: these protect nothing.
ROLE_PASSWORDS = {role: f"{role}-test" for role in ROLES}
USER_PASSWORDS = {user: f"{user}-test" for user in (*USERS, ADMIN)}
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
                broker.launch()
                postgres.start()
                postgres.address.apply_roles()
                broker.wait()
            except Problem:
                marks.end(self.folder)
                if attempt == ATTEMPTS:
                    raise
            else:
                return Parts(postgres.address, broker.address)
        raise AssertionError("the last attempt returns or raises")

    def end(self) -> None:
        """End both and remove every trace."""
        marks.end(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def new_postgres(folder: Path) -> Postgres:
    """Return a server for tests on a free port, not started."""
    return Postgres(folder, free_ports(1)[0], ROLE_PASSWORDS, THROWAWAY)


def new_broker(folder: Path) -> Broker:
    """Return a node for tests on free ports, not started."""
    return Broker(folder, free_ports(3), USER_PASSWORDS)


def choose() -> LocalParts:
    """Return where test servers come from, as `SAKINA_TEST_PARTS_FROM` says.

    `local` are the embedded ones; `auto`, the default, takes what this machine has.
    """
    wanted = os.environ.get("SAKINA_TEST_PARTS_FROM", "auto")
    if wanted not in ("auto", "local"):
        raise Problem(f"SAKINA_TEST_PARTS_FROM is {wanted}: set it to auto or local.")
    return LocalParts()


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
