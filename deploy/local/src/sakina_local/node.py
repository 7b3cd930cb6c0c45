"""Node.js where this machine has it, and the tools of deploy/clients that run on it."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from sakina_local.checkout import ROOT
from sakina_local.problems import Problem

FOLDER = ROOT / "deploy" / "clients"
MODULES = FOLDER / "node_modules"
_LOCK = FOLDER / "package-lock.json"
_STAMP = MODULES / ".sakina-installed"
_OLDEST = (18, 17)
"""Debian 12 has 18.20; the tools ask for this one."""


def missing() -> str | None:
    """Return a sentence where there is no Node.js with npm, or an old one, else None."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "Node.js is missing: install the packages nodejs and npm to have this too."
    version = _said(["node", "--version"], FOLDER).strip()
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        return f"Node.js {version} is too old: install {oldest} or later to have this too."
    return None


def run(*command: str | Path, cwd: Path = FOLDER) -> str:
    """Run `command`, a program of the installed tools or of this machine; return what it said.

    Raises:
        Problem: The tools cannot be installed, or it failed; it says why.
    """
    _install()
    return _said([*map(str, command)], cwd)


def _install() -> None:
    wanted = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    with _LOCK.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two makes at once: the second finds everything done
        if _STAMP.exists() and _STAMP.read_text() == wanted:
            return
        _said(["npm", "ci", "--loglevel", "error"], FOLDER)
        _STAMP.write_text(wanted)


def _said(command: list[str], cwd: Path) -> str:
    path = f"{MODULES / '.bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603
        command,
        cwd=cwd,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problem(f"{' '.join(command)} failed:\n{done.stdout.strip()}")
    return done.stdout
