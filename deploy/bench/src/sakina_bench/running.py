"""A whole system of one checkout, on ports and in a folder of its own, as `make up` starts it."""

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812

from sakina_bench.commits import Checkout
from sakina_bench.tree import Tree
from sakina_local import processes
from sakina_local.ports import LOOPBACK, free_ports
from sakina_local.problems import Problem

READY_SECONDS = 300
STOP_SECONDS = 30
REST_SECONDS = 6.0
IDLE_SECONDS = 3.0
_SETTINGS = {"SAKINA_MAX_STREAMS_EACH": "100"}
"""So that a thousand streams need no hundred accounts."""
_LOOK_SECONDS = 0.25
_QUIET_SHARE = 0.12
"""Of one core, over all processes: polls, heartbeats and probes take less than that."""


@dataclass(frozen=True)
class Running:
    """A system that answers.

    Attributes:
        checkout: The commit that it is of.
        home: Its folder.
        url: The gateway's address.
        tree: Its processes.
    """

    checkout: Checkout
    home: Path
    url: str
    tree: Tree

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of the process `name`: where its database and broker are."""
        block = Path(f"/proc/{self.tree.process(name)}/environ").read_text()
        return dict(pair.split("=", 1) for pair in block.split("\0") if "=" in pair)

    def log(self, name: str) -> Path:
        """Return the log of the process `name`."""
        return self.home / "logs" / f"{name}.log"

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """Have a connection of the superuser to the services' database, in autocommit."""
        said = urlsplit(self.environment("practice")["SAKINA_DATABASE_URL"])
        connection = psycopg2.connect(
            host=said.hostname,
            port=said.port,
            user="postgres",
            password=(self.home / "postgres" / "password").read_text(),
            dbname=said.path.lstrip("/"),
        )
        connection.autocommit = True
        with closing(connection):
            yield connection

    def rest(self) -> None:
        """Wait until it does no more than a calm system does: what was caused is done."""
        deadline = time.monotonic() + REST_SECONDS
        while time.monotonic() < deadline:
            before = self.tree.seconds().total()
            time.sleep(_LOOK_SECONDS)
            if self.tree.seconds().total() - before <= _LOOK_SECONDS * _QUIET_SHARE:
                return

    def idle(self) -> Counter[str]:
        """Return the seconds of CPU that each kind of process takes in a second of calm."""
        self.rest()
        before, began = self.tree.seconds(), time.monotonic()
        time.sleep(IDLE_SECONDS)
        used = self.tree.seconds()
        used.subtract(before)
        passed = time.monotonic() - began
        return Counter({kind: spent / passed for kind, spent in used.items()})


@contextmanager
def running(*checkouts: Checkout, **settings: str) -> Iterator[list[Running]]:
    """Have a system of each of `checkouts`, ready; nothing of them is left when the context ends.

    Args:
        checkouts: What is run.
        settings: Further settings of all of them.

    Raises:
        Problem: One does not start; what it said last is told.
    """
    folder = Path(tempfile.mkdtemp(prefix="sakina-bench-"))
    folder.chmod(0o711)  # the user that runs PostgreSQL passes through
    started = []
    try:
        for number, checkout in enumerate(checkouts):
            started.append(_Start(checkout, folder / str(number), settings))
        yield [start.ready() for start in started]
    finally:
        processes.stop_all([start.up for start in started], STOP_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


class _Start:
    """A system that is starting: the command `up` of its own checkout."""

    def __init__(self, checkout: Checkout, home: Path, settings: Mapping[str, str]) -> None:
        self._checkout = checkout
        self._home = home
        self._log = home.with_suffix(".log")
        self._port = free_ports(1)[0]
        words = ["-m", "sakina_local", "--home", str(home), "up", "--port", str(self._port)]
        outside = {k: v for k, v in os.environ.items() if not k.startswith("SAKINA_")}
        self.up = processes.start(
            [checkout.python, *words], self._log, {**outside, **_SETTINGS, **settings}
        )

    def ready(self) -> Running:
        """Wait until it answers, and return it."""
        deadline = time.monotonic() + READY_SECONDS
        while not (self._home / "url").exists():
            if self.up.poll() is not None or time.monotonic() > deadline:
                raise Problem(
                    f"{self._checkout.commit} did not start; it said:\n"
                    f"{processes.last_lines(self._log)}"
                )
            time.sleep(0.1)
        tree = Tree(self.up.pid)
        return Running(self._checkout, self._home, f"http://{LOOPBACK}:{self._port}", tree)
