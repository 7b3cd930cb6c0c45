"""Sakina's own processes, gateway and services, against servers that run already."""

import json
import logging
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from contracts.catalogue import SERVICES
from sakina_local import marks, processes
from sakina_local.addresses import Parts
from sakina_local.place import NAMES, Place
from sakina_local.ports import LOOPBACK
from sakina_local.problems import Problem
from sakina_local.watch import Watched, give_up_the_hopeless

log = logging.getLogger(__name__)

THROWAWAY_SECONDS = 120


class System:
    """Gateway and services as processes, each started, ended and started again by its name."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: dict[str, Path] = {}

    @property
    def url(self) -> str:
        """The gateway's address."""
        return self.place.url

    def write_metrics(self, file: Path, **others: int) -> None:
        """Write where the figures of each process are, for Prometheus' `file_sd_configs`.

        Args:
            file: Is written.
            others: Ports of others' figures, by their names.
        """
        targets = [
            {"targets": [f"{LOOPBACK}:{port}"], "labels": {"service": name}}
            for name, port in {**self.place.metrics, **others}.items()
        ]
        file.write_text(json.dumps(targets, indent=2) + "\n")

    def migrate(self) -> None:
        """Bring every service's schema up to date, all services at a time.

        Raises:
            Problem: One of them could not be.
        """
        module = ["chassis.data.migrations", *SERVICES]
        running = self._run("migrations", module, self.place.migration_environment())
        self._finish({"migrations": running})

    def publish_again(self) -> None:
        """Publish every event that is still kept again, for followers whom a broker lost it for.

        With everybody up: an event reaches the queues that are there.

        Raises:
            Problem: Not all of them are; doing it once more does no harm.
        """
        self._finish({f"{service}-republish": self._republish(service) for service in SERVICES})

    def _republish(self, service: str) -> subprocess.Popen[bytes]:
        module = ["chassis.events.republish", service]
        return self._run(f"{service}-republish", module, self.place.environment(service))

    def _run(
        self, name: str, module: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        return processes.start([sys.executable, "-m", *module], self.log(name), environment)

    def _finish(self, running: Mapping[str, subprocess.Popen[bytes]]) -> None:
        """Wait for all that `running` names by their logs."""
        failed = [name for name, process in running.items() if process.wait()]
        if failed:
            log = self.log(failed[0])
            raise Problem(f"{failed[0]} failed; the log {log} ends:\n{processes.last_lines(log)}")

    def start(self, name: str) -> None:
        """Start the process `name`."""
        self.processes[name] = self._run(name, [name], self.place.environment(name))

    def start_all(self) -> None:
        """Start every process."""
        for name in NAMES:
            self.start(name)

    def watched(self) -> list[Watched]:
        """Return all that may run of it, each started again when it dies, once somebody looks."""
        return [self._watched(name) for name in NAMES]

    def _watched(self, name: str) -> Watched:
        return Watched(name, lambda: self.processes.get(name), lambda: self.start(name))

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until the whole system answers; what dies meanwhile is started again.

        A service whose broker or database fails it at its start ends, and counts on that.

        Raises:
            Problem: It does not within `seconds`, or a process of it keeps dying.
        """
        deadline = time.monotonic() + seconds
        watched = self.watched()
        while not self.ready():
            for one in watched:
                one.look(log.warning)
            give_up_the_hopeless(watched, self.log)
            if time.monotonic() > deadline:
                raise Problem(f"The system is not ready after {seconds:g} s: {self.readiness()}")
            time.sleep(0.1)

    def restart(self, name: str) -> None:
        """Let the process `name` finish what it does, and start it anew."""
        self.stop(name)
        self.start(name)

    def stop(self, name: str, grace: float = 10) -> None:
        """Let the process `name` finish what it does, and end it."""
        processes.stop(self.processes.pop(name), grace)

    def kill(self, name: str) -> None:
        """End the process `name` at once, as a crash would."""
        processes.kill_group(self.processes.pop(name))

    def stop_all(self, grace: float = 8) -> None:
        """Let every process finish what it does, all at a time, and end them."""
        processes.stop_all(list(self.processes.values()), grace)
        self.processes.clear()

    def log(self, name: str) -> Path:
        """Return the log of the process `name`."""
        if name not in self._logs:
            self._logs[name] = self.place.log(name)
        return self._logs[name]

    def logs(self) -> str:
        """Return what all processes and servers of it have logged."""
        logs = self.place.folder.rglob("*.log")
        return "\n".join(log.read_text(errors="replace") for log in logs)

    def figures(self, name: str) -> str:
        """Return what the process `name` says of itself to a Prometheus."""
        return figures_at(self.place.metrics[name])

    def ready(self, seconds: float = 5) -> bool:
        """Return whether the whole system answers within so many `seconds`."""
        return self._ask_readiness(seconds)[0] == 200

    def readiness(self) -> str:
        """Return a sentence on what the gateway says of itself and the services."""
        status, answer = self._ask_readiness()
        return f"/readyz answers {status}: {answer}." if status else f"the gateway: {answer}."

    def _ask_readiness(self, seconds: float = 5) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=seconds) as answer:  # noqa: S310  # nosec B310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError as error:
            return 0, str(error)


def figures_at(port: int) -> str:
    """Return what a process of this machine says of itself to a Prometheus, on its `port` for that.

    Raises:
        OSError: Nobody answers there.
    """
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=10) as answer:  # nosec B310
        said: str = answer.read().decode()
        return said


@contextmanager
def throwaway_system(
    folder: Path, parts: Parts, database: str, vhost: str, **settings: str
) -> Iterator[System]:
    """Have a whole system, ready, which checks all that it says against the contracts.

    Args:
        folder: Its keys and logs; nothing of it runs any more when the context ends.
        parts: The servers.
        database: A database with roles and schemas.
        vhost: A virtual host with exchanges and permissions.
        settings: Further settings of every process.
    """
    every = {"SAKINA_CHECK_CONTRACTS": "1", **settings}
    running = System(Place.in_folder(folder, parts, database, vhost, every))
    try:
        running.migrate()
        running.start_all()
        running.wait_until_ready(THROWAWAY_SECONDS)
        yield running
        running.stop_all()
    finally:
        marks.end(folder)
