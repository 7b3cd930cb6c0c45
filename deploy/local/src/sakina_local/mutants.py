"""`make mutants`: plants one fault after the other, and looks whether a test sees it.

The fault is made in a copy of its package in a temporary folder, which Python finds before the
checkout; the checkout is only read, but for its `.sakina/mutants`, which remembers how it went with
each fault, and which test saw it, to begin with that one the next time. All runs share two servers.
"""

import hashlib
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sakina_local import faults, processes
from sakina_local.checkout import PACKAGES, ROOT
from sakina_local.faults import Fault, Stale
from sakina_local.home import Home
from sakina_local.parts import serving
from sakina_local.problems import Problem
from sakina_local.progress import plainly
from sakina_local.test_run import UNUSED_PLUGINS, environment

FLOOR = 95
"""Percent of the faults that must be caught. docs/quality.md states it too."""
JOBS = 4
"""How many faults are tried at a time where nothing is said. Tests of a real broker and database
wait more than they compute: two leave half of two cores, to whoever works beside them."""
LIMIT_SECONDS = 300
CONTROL_SECONDS = 900
"""For all tests of a package that faults name, one after the other."""
LOOK_SECONDS = 0.1
SEEN = Home().folder / "mutants"
"""A folder for each fault: pytest's memory, and the word of the last verdict."""
FAILED = 1
"""What pytest ends with where a test failed; any other end but 0 says nothing of the fault."""
PAGE = ROOT / "docs" / "quality.md"
BEGIN, END = "<!-- make mutants WRITE=1 writes from here -->", "<!-- to here -->"
_ROW = re.compile(r"^\| (\w+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
_SEEN_BY = re.compile(r"^(?:FAILED|ERROR) (?:\S*::)?(\w+)", re.MULTILINE)
_MISSED = re.compile(r"^(- \w+: (\w+), .*)$", re.MULTILINE)

CAUGHT, SURVIVED, STALE, BROKEN = "caught", "survived", "stale", "broken"


@dataclass
class Verdict:
    """How it went with one fault, or without any: then it is `SURVIVED` where all is well."""

    fault: Fault
    word: str
    seconds: float = 0.0
    why: str = ""

    def __str__(self) -> str:
        mark = "✓" if self.word == CAUGHT else "✗"
        why = f": {self.why}" if self.why else ""
        return (
            f"{mark} {self.word:<8} {self.fault.package:<9} {self.fault.says}{why} "
            f"({self.seconds:.0f} s)"
        )


class Trial:
    """The tests of one fault, in a pytest process that sees the overlay `folder`."""

    def __init__(self, fault: Fault, folder: Path, shared: dict[str, str]) -> None:
        self.fault = fault
        self._limit = LIMIT_SECONDS if fault.find else CONTROL_SECONDS
        self._began = time.monotonic()
        self._log = folder.with_suffix(".log")
        self._log.unlink(missing_ok=True)
        command = [
            *(sys.executable, "-m", "pytest", *UNUSED_PLUGINS, *_remembering(fault)),
            *("-x", "--color=no", *fault.tests),
        ]
        self._process = processes.start(
            command,
            log=self._log,
            environment={**shared, "PYTHONPATH": str(folder)},
            when_parent_dies=signal.SIGKILL,
            directory=PACKAGES[fault.package],
        )

    def verdict(self) -> Verdict | None:
        """Return how it ended, or None while it runs; one that takes too long is ended."""
        code = self._process.poll()
        seconds = time.monotonic() - self._began
        if code is None and seconds < self._limit:
            return None
        self.end()
        if code is None:
            return Verdict(self.fault, BROKEN, seconds, f"no end in {self._limit} s")
        if code == FAILED:
            return Verdict(self.fault, CAUGHT, seconds, self._seen_by())
        if code == 0:
            return Verdict(self.fault, SURVIVED, seconds)
        last = processes.last_lines(self._log, 5)
        return Verdict(self.fault, BROKEN, seconds, f"pytest ended with {code}:\n{last}")

    def _seen_by(self) -> str:
        return ", ".join(_SEEN_BY.findall(self._log.read_text(errors="replace")))

    def said(self) -> str:
        """Return the end of what pytest printed."""
        return processes.last_lines(self._log, 40)

    def end(self) -> None:
        """End the process and what it started."""
        processes.kill_group(self._process)


def _memory(fault: Fault) -> Path:
    """Return the folder of what is remembered of `fault` while its entry stays as it is."""
    return SEEN / hashlib.sha256(repr(fault).encode()).hexdigest()[:16]


def _remembering(fault: Fault) -> list[str]:
    """Return options of pytest: first the tests that failed with this fault, then all others."""
    if not fault.find:
        return ["-p", "no:cacheprovider"]
    return ["--failed-first", "-o", f"cache_dir={_memory(fault)}"]


def _remember(verdict: Verdict) -> None:
    folder = _memory(verdict.fault)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "verdict").write_text(verdict.word)


def _remembered(fault: Fault) -> str:
    file = _memory(fault) / "verdict"
    return file.read_text() if file.exists() else ""


def run_mutants(
    only: str = "",
    *,
    says: str = "",
    by: str = "",
    rest: bool = False,
    jobs: int = JOBS,
    write: bool = False,
) -> bool:
    """Plant the faults of every package, or of `only`; return whether enough were caught.

    Without any fault the named tests must pass, or a failure would prove nothing. `says` takes of
    them those in whose words it is, `by` those that a test in whose path it is must see, `rest`
    those that were not caught when they were last tried; `jobs` are tried at a time. `write` puts
    the score of those packages into docs/quality.md all of whose faults were tried, now or before.

    Raises:
        Problem: There is no such list, no such fault, or no servers.
    """
    planned = [
        fault
        for fault in faults.planned(only)
        if says in fault.says and any(by in test for test in fault.tests)
    ]
    if rest:
        planned = [fault for fault in planned if _remembered(fault) != CAUGHT]
    if not planned:
        raise Problem("There is no such fault, or it was caught: tests/faults has all of them.")
    verdicts: list[Verdict] = []
    with _workshop() as (scratch, shared):
        _see_overlays({fault.package for fault in planned}, scratch, shared)
        plainly("the tests without any fault")
        packages = sorted({fault.package for fault in planned})
        controls = [each for package in packages for each in _controls(package, planned, jobs)]
        ill = [each for each in _tried(controls, scratch, shared, jobs) if each.word != SURVIVED]
        if ill:
            return False
        plainly(f"{len(planned)} faults")
        for nth, verdict in enumerate(_tried(planned, scratch, shared, jobs), start=1):
            plainly(f"{nth:>4}/{len(planned)} {verdict}")
            _remember(verdict)
            verdicts.append(verdict)
    return _summed(verdicts, write=write)


def score(verdicts: Sequence[Verdict]) -> float:
    """Return how many percent of the faults were caught."""
    return 100 * sum(each.word == CAUGHT for each in verdicts) / len(verdicts)


def _summed(verdicts: Sequence[Verdict], *, write: bool) -> bool:
    missed = [each for each in verdicts if each.word != CAUGHT]
    if missed:
        plainly("\nnot caught:")
    for each in missed:
        plainly(f"{each}\n    {each.fault.file}: {each.fault.find!r} → {each.fault.put!r}")
    if write:
        _write(verdicts)
    percent = score(verdicts)
    unsound = [each for each in missed if each.word != SURVIVED]
    plainly(
        f"{len(verdicts) - len(missed)} of {len(verdicts)} planted faults caught: "
        f"{percent:.1f} %, the floor is {FLOOR} %; {len(unsound)} stale or broken"
    )
    return percent >= FLOOR and not unsound


def _write(verdicts: Sequence[Verdict]) -> None:
    """Put the score of the packages that were tried into the page, beside that of the others."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    old, _, after = rest.partition(END)
    tried = {each.fault.package for each in verdicts}
    rows = {package: row for package, *row in _ROW.findall(old) if package not in tried}
    missed = [line for line, package in _MISSED.findall(old) if package not in tried]
    for package in tried:
        words = {fault.says: _remembered(fault) for fault in faults.planned(package)}
        if all(words.values()):
            rows[package] = [str(len(words)), str(list(words.values()).count(CAUGHT))]
            missed += [
                f"- {word}: {package}, {says}" for says, word in words.items() if word != CAUGHT
            ]
        else:
            plainly(f"{package}: no score, {list(words.values()).count('')} were not tried yet")
    planted, caught = (sum(int(row[nth]) for row in rows.values()) for nth in (0, 1))
    lines = [
        "| package | planted | caught |",
        "|---|---|---|",
        *(f"| {package} | {' | '.join(row)} |" for package, row in sorted(rows.items())),
        f"| **all** | **{planted}** | **{caught}** |",
        "",
        f"Score: **{100 * caught / max(1, planted):.1f} %**. Floor: **{FLOOR} %**.",
        "",
        *sorted(missed),
    ]
    block = "\n".join(lines).rstrip()
    PAGE.write_text(f"{before}{BEGIN}\n{block}\n{END}{after}")
    plainly(f"wrote {PAGE.relative_to(ROOT)}")


@contextmanager
def _workshop() -> Iterator[tuple[Path, dict[str, str]]]:
    """Have a folder and servers; give the folder and the environment of the tests."""
    with tempfile.TemporaryDirectory(prefix="sakina-mutants-") as made:
        scratch = Path(made)
        scratch.chmod(0o711)  # servers of a test may run as another user, who must pass
        plainly("starting PostgreSQL and RabbitMQ for the tests")
        with serving() as parts:
            file = scratch / "parts.json"
            file.touch(mode=0o600)
            file.write_text(parts.to_json())
            yield (
                scratch,
                {
                    **environment(file),
                    "SAKINA_TEST_LOGS": str(scratch / "logs"),
                    "SAKINA_TEST_ANY_FAILURE": "1",
                    # Nothing is left in the checkout.
                    "PYTHONPYCACHEPREFIX": str(scratch / "bytecode"),
                    "HYPOTHESIS_STORAGE_DIRECTORY": str(scratch / "hypothesis"),
                },
            )


def _see_overlays(packages: set[str], scratch: Path, shared: dict[str, str]) -> None:
    """Make sure that a copy is what Python finds: else every fault would survive."""
    for package in packages:
        folder = scratch / "seen"
        faults.overlay(package, folder)
        module = faults.source_of(package).name
        found = subprocess.run(  # noqa: S603
            [sys.executable, "-c", f"import {module}; print({module}.__file__)"],
            env={**shared, "PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert Path(found).is_relative_to(folder), found  # noqa: S101


def _controls(package: str, planned: Sequence[Fault], jobs: int) -> list[Fault]:
    """Return what changes nothing, with the tests of all faults of the package, for each slot."""
    own = [fault for fault in planned if fault.package == package]
    tests = sorted({test for fault in own for test in fault.tests if _is_there(package, test)})
    parts = [tests[slot::jobs] for slot in range(jobs)]
    return [Fault(package, "no fault", "__init__.py", "", "", part) for part in parts if part]


def _is_there(package: str, test: str) -> bool:
    return (PACKAGES[package] / test.partition("::")[0]).exists()


def _tried(
    planned: Sequence[Fault], scratch: Path, shared: dict[str, str], jobs: int
) -> Iterator[Verdict]:
    waiting = deque(planned)
    slots: dict[Path, Trial] = {}
    try:
        while waiting or slots:
            for folder in (scratch / f"overlay-{n}" for n in range(jobs)):
                while waiting and folder not in slots:
                    fault = waiting.popleft()
                    try:
                        _prepare(fault, folder)
                    except Stale as why:
                        yield Verdict(fault, STALE, why=str(why))
                        continue
                    slots[folder] = Trial(fault, folder, shared)
            time.sleep(LOOK_SECONDS)
            for folder, trial in list(slots.items()):
                verdict = trial.verdict()
                if verdict is not None:
                    del slots[folder]
                    if not verdict.fault.find and verdict.word != SURVIVED:
                        plainly(f"{verdict}\n{trial.said()}")
                    yield verdict
    finally:
        for trial in slots.values():
            trial.end()


def _prepare(fault: Fault, folder: Path) -> None:
    if fault.find:
        fault.plant(folder)
    else:
        faults.overlay(fault.package, folder)
