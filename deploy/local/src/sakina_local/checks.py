"""`make check`: what needs no test to be seen wrong, and schemathesis over the whole API."""

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

from sakina_local import faults, locks, node
from sakina_local.checkout import PACKAGES, ROOT
from sakina_local.parts import serving
from sakina_local.problems import Problem
from sakina_local.progress import plainly
from sakina_local.system import throwaway_system

PROGRAMS = Path(sys.executable).parent
_OPENAPI = "docs/openapi.json"
_ASYNCAPI = "docs/asyncapi.json"
_EVENTS = "docs/events/catalogue.md"
_BANDIT = ("--quiet", "--severity-level", "medium", "--confidence-level", "medium", "--recursive")
"""What is below that, ruff's rules `S` say of each line, and more exactly."""
_SKIPPED = 77
"""What a program ends with that could not find out (sakina_supply)."""
AT_A_TIME = 2
API_SECONDS = 900
API_EXAMPLES = 25


class LeftOut(Exception):
    """A check could not be made here, which is neither good nor bad; the text says why."""


@dataclass(frozen=True)
class Check:
    """A check by its title, what does it, and the command that repeats it alone.

    What does it returns whether all is well, or raises LeftOut.
    """

    title: str
    well: Callable[[], bool]
    command: str


def run_checks(only: Sequence[str] = ()) -> bool:
    """Run every check, or those called `only`; say how each ended, and whether none failed.

    Two are run at a time: schemathesis, which waits for answers more than it works, and the others
    one after the other beside it. One that could not be made is said to be skipped. The last lines
    printed are the commands that repeat what did not do well, one for each.

    Raises:
        Problem: No check has that name.
    """
    checks = _checks()
    if unknown := set(only) - {check.title for check in checks}:
        names = ", ".join(f'"{check.title}"' for check in checks)
        raise Problem(f"There is no check called {', '.join(sorted(unknown))}: take {names}.")
    chosen = [check for check in checks if not only or check.title in only]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        failed = list(compress(chosen, pool.map(_fails, chosen)))
    for check in failed:
        plainly(f"✗ {check.title}: {check.command}")
    return not failed


def _checks() -> list[Check]:
    sources = [str(folder.relative_to(ROOT) / "src") for folder in PACKAGES.values()]
    examples = [str(file.relative_to(ROOT)) for file in (ROOT / "examples").glob("*.py")]
    return [
        _our_own("schemathesis", _api),  # by far the longest: what comes first begins first
        _program("ruff check", "ruff", "check", "."),
        _program("ruff format", "ruff", "format", "--check", "."),
        _program("mypy", "mypy", *sources, *examples),
        _program("import rules", "lint-imports", "--no-cache"),
        _program("bandit", "bandit", *_BANDIT, *sources, *examples),
        _program("contracts generated", "python", "-m", "contracts.generate", "--check"),
        _program("OpenAPI generated", "python", "-m", "gateway.openapi", "--check", _OPENAPI),
        _program("AsyncAPI generated", "python", "-m", "contracts.asyncapi", "--check", _ASYNCAPI),
        _program(
            "events page generated", "python", "-m", "contracts.catalogue_page", "--check", _EVENTS
        ),
        _our_own("OpenAPI rules", _openapi_keeps_the_rules),
        _our_own("AsyncAPI rules", _asyncapi_is_taken),
        _our_own("lock files", _locks_are_whole),
        _supply("base images", "images"),
        _supply("licences", "licences", "--check"),
        _supply("known holes", "audit"),
        _our_own("planted faults", _faults_can_be_planted),
    ]


def _our_own(title: str, well: Callable[[], bool]) -> Check:
    return Check(title, well, f".venv/bin/python -m sakina_local check {shlex.quote(title)}")


def _program(title: str, program: str, *arguments: str) -> Check:
    command = shlex.join([f".venv/bin/{program}", *arguments])
    return Check(title, lambda: _runs_well(program, *arguments), command)


def _supply(title: str, *arguments: str) -> Check:
    """Return a check of sakina_supply's, which has something to say also where all is well."""
    command = shlex.join([".venv/bin/python", "-m", "sakina_supply", *arguments])
    return Check(
        title, lambda: _runs_well("python", "-m", "sakina_supply", *arguments, aloud=True), command
    )


def _fails(check: Check) -> bool:
    began = time.monotonic()
    try:
        well = check.well()
    except LeftOut as reason:
        plainly(f"– {check.title}: skipped, {reason}")
        return False
    plainly(f"{'✓' if well else '✗'} {check.title} ({time.monotonic() - began:.0f} s)")
    return not well


def _runs_well(program: str, *arguments: str, aloud: bool = False) -> bool:
    done = subprocess.run(  # noqa: S603
        [PROGRAMS / program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = (done.stdout + done.stderr).rstrip()
    if done.returncode == _SKIPPED:
        raise LeftOut(said)
    if said and (done.returncode or aloud):
        plainly(said)
    return done.returncode == 0


def _openapi_keeps_the_rules() -> bool:
    """Whether Redocly's recommended rules find nothing in the OpenAPI document."""
    return _node_takes("lint.mjs", _OPENAPI)


def _asyncapi_is_taken() -> bool:
    """Whether the AsyncAPI project's own parser takes the document without a complaint."""
    return _node_takes("asyncapi.mjs", _ASYNCAPI)


def _node_takes(script: str, document: str) -> bool:
    if missing := node.missing():
        raise LeftOut(missing)
    try:
        node.run("node", script, ROOT / document)
    except Problem as problem:
        plainly(problem.sentence)
        return False
    return True


def _locks_are_whole() -> bool:
    """Whether every dependency that a package names is pinned in every lock that needs it."""
    missing = locks.missing()
    for lock, name in missing:
        plainly(f"{lock} does not pin {name}: run make lock.")
    return not missing


def _faults_can_be_planted() -> bool:
    """Whether every fault of `make mutants` still finds the text that it is planted in."""
    found = faults.stale()
    for line in found:
        plainly(f"{line}: mend its entry in tests/faults.")
    return not found


def _api() -> bool:
    """Whether schemathesis finds nothing in the whole OpenAPI document, within a bound of time."""
    with tempfile.TemporaryDirectory(prefix="sakina-check-") as made, serving() as parts:
        name = "check"
        parts.postgres.make_database(name)
        parts.broker.add_vhost(name)
        with throwaway_system(Path(made), parts, name, name) as system:
            return _schemathesis(system.url)


def _schemathesis(url: str) -> bool:
    command = [
        *(str(PROGRAMS / "schemathesis"), "run", f"{url}/openapi.json"),
        *("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(API_EXAMPLES)),
        *("--seed", "1", "--continue-on-failure", "--warnings", "off", "--no-color"),
    ]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=ROOT / "tests" / "api",
            env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "SAKINA_SYSTEM_URL": url},
            capture_output=True,
            text=True,
            timeout=API_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        plainly(f"schemathesis took more than {API_SECONDS} s")
        return False
    if done.returncode:
        plainly(done.stdout + done.stderr)
    return done.returncode == 0
