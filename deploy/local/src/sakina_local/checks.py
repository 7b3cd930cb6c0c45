"""`make check`: what needs no test to be seen wrong, and schemathesis over the whole API."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sakina_local import locks
from sakina_local.checkout import PACKAGES, ROOT
from sakina_local.parts import serving
from sakina_local.progress import plainly
from sakina_local.system import throwaway_system

PROGRAMS = Path(sys.executable).parent
_OPENAPI = "docs/openapi.json"
API_SECONDS = 900
API_EXAMPLES = 25


def run_checks() -> bool:
    """Run every check, say how each ended, and return whether all did well."""
    sources = [str(folder / "src") for folder in PACKAGES.values()]
    results = [
        _check("ruff check", "ruff", "check", "."),
        _check("ruff format", "ruff", "format", "--check", "."),
        _check("mypy", "mypy", *sources),
        _check("import rules", "lint-imports", "--no-cache"),
        _check("contracts generated", "python", "-m", "contracts.generate", "--check"),
        _check("OpenAPI generated", "python", "-m", "gateway.openapi", "--check", _OPENAPI),
        _locks_are_whole(),
        _api(),
    ]
    return all(results)


def _check(title: str, program: str, *arguments: str) -> bool:
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603
        [PROGRAMS / program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        plainly(done.stdout + done.stderr)
    _say(title, done.returncode == 0, began)
    return done.returncode == 0


def _say(title: str, well: bool, began: float) -> None:
    plainly(f"{'✓' if well else '✗'} {title} ({time.monotonic() - began:.0f} s)")


def _locks_are_whole() -> bool:
    """Whether every dependency that a package names is pinned in every lock that needs it."""
    began = time.monotonic()
    missing = locks.missing()
    for lock, name in missing:
        plainly(f"{lock} does not pin {name}: run make lock.")
    _say("lock files", not missing, began)
    return not missing


def _api() -> bool:
    """Whether schemathesis finds nothing in the whole OpenAPI document, within a bound of time."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sakina-check-") as made, serving() as parts:
        name = "check"
        parts.postgres.make_database(name)
        parts.broker.add_vhost(name)
        with throwaway_system(Path(made), parts, name, name) as system:
            well = _schemathesis(system.url)
    _say("schemathesis", well, began)
    return well


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
