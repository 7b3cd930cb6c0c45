"""`make test`: one pytest process for each package, all on the same two servers."""

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from sakina_local import current_test
from sakina_local.checkout import PACKAGES, ROOT
from sakina_local.home import Home
from sakina_local.parts import FROM, serving
from sakina_local.progress import plainly

AT_A_TIME = 3
"""One more than two processors: most packages wait for a good part of their time, for a broker that
starts anew or for a deadline that is to pass, and another one works meanwhile."""
BY_CONTAINERS = "compose"
"""Tests of a stack of containers: `make compose-test` runs them."""
LIMIT_SECONDS = 15 * 60
LOOK_SECONDS = 0.2
UNUSED_PLUGINS = ("-p", "no:pytest_nameko", "-p", "no:schemathesis")
"""Their import costs each process a second and more."""


@dataclass(frozen=True)
class Outcome:
    """How the tests of one package ended, in numbers of tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def __str__(self) -> str:
        counts = f"{self.passed} passed, {self.failed} failed"
        return f"{counts}, {self.skipped} skipped" if self.skipped else counts


class Run:
    """The tests of one package, in a pytest process of their own."""

    def __init__(self, folder: Path, scratch: Path, variables: dict[str, str]) -> None:
        self.name = str(folder.relative_to(ROOT))
        self._folder = folder
        self._began = time.monotonic()
        stem = self.name.replace("/", "-")
        self._report = scratch / f"{stem}.xml"
        self._output = scratch / f"{stem}.txt"
        self._current = scratch / f"{stem}.current"
        self._overdue = False
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603
                [
                    *(sys.executable, "-m", "pytest", *UNUSED_PLUGINS),
                    *("-p", current_test.__name__, "--color=no"),
                    # The older form of the report names the file of each test.
                    *(f"--junitxml={self._report}", "-o", "junit_family=xunit1"),
                ],
                cwd=folder,
                env={**variables, current_test.FILE: str(self._current)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self._began

    def ended(self) -> bool:
        """Return whether it ended; one that takes far too long is ended."""
        if self.process.poll() is None and self.seconds > LIMIT_SECONDS:
            self._overdue = True
            self.process.kill()
            self.process.wait()
        return self.process.poll() is not None

    def outcome(self) -> Outcome:
        """Return the counts; a pytest that broke counts as one failure."""
        counted = sum((_count(suite) for suite in self._suites()), Outcome())
        if self._broke and not counted.failed:
            counted += Outcome(failed=1)
        return counted

    def left_out(self) -> list[str]:
        """Return a line for each reason why tests were skipped."""
        reasons = [
            skipped.get("message", "")
            for suite in self._suites()
            for skipped in suite.iter("skipped")
        ]
        return [
            f"– {self.name:<22} {reasons.count(reason)} left out: {reason}"
            for reason in dict.fromkeys(reasons)
        ]

    def failures(self) -> list[str]:
        """Return a line for each failure: what failed, and the command that repeats it."""
        named = [
            self._line(_node(case))
            for suite in self._suites()
            for case in suite.iter("testcase")
            if case.find("failure") is not None or case.find("error") is not None
        ]
        if self._broke and (not named or self._current.exists()):
            named.append(self._line(self._at_work(), f"  # {self._end()}"))
        return list(dict.fromkeys(named))

    @property
    def _broke(self) -> bool:
        return bool(self.process.returncode) or not self._report.exists()

    def _suites(self) -> list[ElementTree.Element]:
        try:
            return list(ElementTree.parse(self._report).getroot().iter("testsuite"))  # noqa: S314  # nosec B314 - pytest wrote it
        except (OSError, ElementTree.ParseError):
            return []

    def _at_work(self) -> str:
        return self._current.read_text() if self._current.exists() else ""

    def _end(self) -> str:
        if self._overdue:
            return f"took more than {LIMIT_SECONDS} s, and was ended"
        code = self.process.returncode
        return f"killed by signal {-code}" if code < 0 else f"pytest ended with {code}"

    def _line(self, node: str, remark: str = "") -> str:
        up = "/".join(".." for _ in Path(self.name).parts)
        python = Path(sys.executable)
        if python.is_relative_to(ROOT):
            python = Path(up) / python.relative_to(ROOT)
        which = [self._from_here(node)] if node else []
        command = [str(python), "-m", "pytest", *UNUSED_PLUGINS, *which]
        return f"✗ cd {shlex.quote(self.name)} && {shlex.join(command)}{remark}"

    def _from_here(self, node: str) -> str:
        """Return `node`, which begins where pytest found its settings, as seen from the folder."""
        file, colons, rest = node.partition("::")
        for above in (self._folder, *self._folder.parents):
            if (above / file).exists():
                return os.path.relpath(above / file, self._folder) + colons + rest
        return node

    def output(self) -> str:
        """Return what pytest printed."""
        return self._output.read_text(errors="replace")


def run_tests(only: Sequence[str]) -> bool:
    """Run the tests of every package, or of those named in `only`; return whether all passed.

    Whatever was left out is said with its reason. The last lines printed are the commands that
    repeat what failed, one for each, and the very last is `N passed, N failed`, with `, N skipped`
    if any were.
    """
    folders = [folder for folder in tested() if not only or _named(folder, only)]
    total = Outcome()
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="sakina-test-run-") as made:
        scratch = Path(made)
        plainly("starting PostgreSQL and RabbitMQ for the tests")
        with serving() as parts:
            shared = scratch / "parts.json"
            shared.touch(mode=0o600)
            shared.write_text(parts.to_json())
            for run in _each_ended(folders, scratch, environment(shared)):
                outcome = run.outcome()
                total += outcome
                if outcome.failed:
                    plainly(run.output())
                    failures += run.failures()
                mark = "✗" if outcome.failed else "✓"
                plainly(f"{mark} {run.name:<22} {outcome} in {run.seconds:.0f} s")
                for line in run.left_out():
                    plainly(line)
    for line in failures:
        plainly(line)
    plainly(str(total))
    return bool(folders) and not total.failed


def tested() -> list[Path]:
    """Return the folders that have tests of their own, the slowest first."""
    packages = [folder for folder in PACKAGES.values() if any(folder.glob("tests/**/test_*.py"))]
    together = [
        folder
        for folder in sorted((ROOT / "tests").iterdir())
        if folder.name != BY_CONTAINERS and any(folder.glob("test_*.py"))
    ]
    return sorted(packages + together, key=_expected_place)


def _expected_place(folder: Path) -> int:
    slowest = [
        *("system", "gateway", "local", "browser", "consumers", "recovery", "chassis", "bench"),
        *("clients", "observability", "notify", "sakina_events", "privileges"),
    ]
    return slowest.index(folder.name) if folder.name in slowest else len(slowest)


def _named(folder: Path, only: Sequence[str]) -> bool:
    return folder.name in only or str(folder.relative_to(ROOT)) in only


def environment(shared: Path) -> dict[str, str]:
    """Return the tests' environment: nothing that is set for a running Sakina reaches them."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SAKINA_")}
    logs = Home().folder / "test-logs"
    source = {FROM: os.environ[FROM]} if FROM in os.environ else {}
    return {**own, **source, "SAKINA_TEST_PARTS": str(shared), "SAKINA_TEST_LOGS": str(logs)}


def _each_ended(folders: list[Path], scratch: Path, variables: dict[str, str]) -> Iterator[Run]:
    waiting = list(folders)
    running: list[Run] = []
    try:
        while waiting or running:
            while waiting and len(running) < AT_A_TIME:
                running.append(Run(waiting.pop(0), scratch, variables))
            time.sleep(LOOK_SECONDS)
            for run in [run for run in running if run.ended()]:
                running.remove(run)
                yield run
    finally:
        for run in running:
            run.process.terminate()
            run.process.wait()


def _count(suite: ElementTree.Element) -> Outcome:
    tests, failures, errors, skipped = (
        int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    return Outcome(max(0, tests - failed - skipped), failed, skipped)


def _node(case: ElementTree.Element) -> str:
    """Return what pytest calls the test `case`, or the file that it could not read."""
    file, names, name = case.get("file", ""), case.get("classname", ""), case.get("name", "")
    if not names:  # a file that could not be read is a case of its own
        return file or name.replace(".", "/") + ".py"
    module = file.removesuffix(".py").replace("/", ".")
    classes = names.removeprefix(module).strip(".").split(".")
    return "::".join([file, *filter(None, classes), name])
