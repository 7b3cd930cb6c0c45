"""A Prometheus of one's own, and what it says."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sakina_local import marks, processes, prometheus_package
from sakina_local.checkout import ROOT
from sakina_local.ports import LOOPBACK, free_ports
from sakina_local.problems import Problem

FOLDER = ROOT / "deploy" / "observability" / "prometheus"
START_SECONDS = 30
LOOK_SECONDS = 0.25
_WINDOW = re.compile(r"\[\d+[smh]\]")
_HOLDS = re.compile(r"\bfor: \d+[smh]")

Found = TypeVar("Found")


@dataclass(frozen=True)
class Pace:
    """How fast a Prometheus lives.

    Attributes:
        every: Seconds between two scrapes, and between two evaluations.
        window: What each range of the rules becomes, as `20s`; as it is written where empty.
        holds: What each `for:` of the alerts becomes; as it is written where empty.
    """

    every: int = 1
    window: str = ""
    holds: str = ""

    def of(self, rules: str) -> str:
        """Return `rules` at this pace."""
        if self.window:
            rules = _WINDOW.sub(f"[{self.window}]", rules)
        return _HOLDS.sub(f"for: {self.holds}", rules) if self.holds else rules


class Prometheus:
    """A server with the rules of this package and the scrapes of `local.yml`.

    Args:
        folder: Of its configuration, its data and its log; its process carries the folder's mark.
        targets: The file of who is asked, as the local system writes it.
        pace: How fast it lives.
    """

    def __init__(self, folder: Path, targets: Path, pace: Pace) -> None:
        self.folder = folder
        self._targets = targets
        self._pace = pace
        (self.port,) = free_ports(1)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where it says what happens."""
        return self.folder / "prometheus.log"

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            Problem: It does not.
        """
        self.folder.mkdir(exist_ok=True)
        self.process = processes.start(
            [
                prometheus_package.PROMETHEUS,
                f"--config.file={self._configuration()}",
                f"--storage.tsdb.path={self.folder / 'data'}",
                f"--web.listen-address={LOOPBACK}:{self.port}",
            ],
            self.log,
            {**marks.environment(self.folder), "PATH": "/usr/sbin:/usr/bin:/bin"},
        )
        if not until(self._is_ready, START_SECONDS):
            raise Problem(f"Prometheus does not answer:\n{processes.last_lines(self.log)}")

    def stop(self) -> None:
        """End it."""
        if self.process:
            processes.stop(self.process, grace=5)
            self.process = None

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Return the series that `query` has now.

        Raises:
            Problem: It is no query.
        """
        found: list[dict[str, Any]] = self._get("query", query=query)["result"]
        return found

    def names(self) -> set[str]:
        """Return the name of each metric that there is."""
        return set(self._get("label/__name__/values"))

    def rules(self) -> list[dict[str, Any]]:
        """Return every rule, recording or alerting, as Prometheus has it."""
        groups: list[dict[str, Any]] = self._get("rules")["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        return self._alerts({"firing"})

    def stirring(self) -> set[str]:
        """Return the names of the alerts that fire, or will where nothing changes."""
        return self._alerts({"firing", "pending"})

    def _alerts(self, states: set[str]) -> set[str]:
        alerts = self._get("alerts")["alerts"]
        return {each["labels"]["alertname"] for each in alerts if each["state"] in states}

    def _configuration(self) -> Path:
        """Write a configuration that differs from `local.yml` in its pace and its places alone."""
        rules = self.folder / "rules"
        rules.mkdir(exist_ok=True)
        for file in (FOLDER / "rules").glob("*.yml"):
            (rules / file.name).write_text(self._pace.of(file.read_text()))
        text = (FOLDER / "local.yml").read_text()
        text = text.replace("../../../.sakina/metrics.json", str(self._targets))
        text = re.sub(r"interval: \d+s", f"interval: {self._pace.every}s", text)
        configuration = self.folder / "prometheus.yml"
        configuration.write_text(text)
        return configuration

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self.port}/-/ready", timeout=5):  # nosec B310
                return True
        except OSError:
            return False

    def _get(self, what: str, **values: str) -> Any:
        address = f"http://{LOOPBACK}:{self.port}/api/v1/{what}?{urllib.parse.urlencode(values)}"
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:  # nosec B310
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise Problem(f"{values or what}: {json.load(error).get('error')}") from error


def until(condition: Callable[[], Found], seconds: float) -> Found | None:
    """Wait until `condition` gives something true and return it; None after so many `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            return None
        time.sleep(LOOK_SECONDS)
    return found
