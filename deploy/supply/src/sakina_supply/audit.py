"""Asks who collects known holes about every package that is pinned, by pip-audit.

Where nobody answers, nothing was found out, and that is what is said. `pip-audit` itself tells an
index that knows no package from one that knows no hole in them only by what it skipped.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sakina_local.checkout import ROOT
from sakina_supply import locks
from sakina_supply.problems import NotReached, Problem

PATIENCE_SECONDS = 180


def holes(
    root: Path = ROOT, tool: Sequence[str] = (sys.executable, "-m", "pip_audit")
) -> list[str]:
    """Return a line for each known hole in what is pinned.

    The few packages of the build are asked about first: nobody waits for the rest of the answers
    where they do not come.

    Args:
        root: The checkout.
        tool: The command that is pip-audit.

    Raises:
        NotReached: The service of known holes did not answer, or not about every package.
    """
    asked = _asked([locks.BUILD], root, tool)
    if not any("vulns" in one for one in asked):
        raise NotReached(
            "not reached: whoever knows of holes told nothing of any package. "
            "Run it where PyPI's JSON API answers."
        )
    asked += _asked([locks.DEVELOPMENT, *locks.images(root)], root, tool)
    unknown = sorted({one["name"] for one in asked if "vulns" not in one})
    found = [
        f"{one['name']} {one['version']}: {hole['id']}{_mended(hole)}"
        for one in asked
        for hole in one.get("vulns", [])
    ]
    if unknown and not found:
        raise NotReached(f"not reached for {len(unknown)} packages: {', '.join(unknown)}.")
    return sorted(set(found))


def _mended(hole: dict[str, Any]) -> str:
    versions = hole.get("fix_versions") or []
    return f", mended in {' or '.join(versions)}: make lock UPGRADE=1" if versions else ""


def _asked(names: Sequence[str], root: Path, tool: Sequence[str]) -> list[dict[str, Any]]:
    files = [word for name in names for word in ("-r", str(root / locks.FOLDER / f"{name}.txt"))]
    command = [*tool, *files, "--no-deps", "--disable-pip", "--format", "json"]
    try:
        done = subprocess.run(  # noqa: S603
            [*command, "--progress-spinner", "off"],
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotReached(f"not reached: no answer within {PATIENCE_SECONDS} s.") from None
    try:
        told: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        if "onnection" in done.stderr or "timed out" in done.stderr or "Timeout" in done.stderr:
            raise NotReached(f"not reached: {last}") from None
        raise Problem(f"pip-audit failed: {last}") from None
    return told
