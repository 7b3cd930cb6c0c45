"""Debian's packages, installed where they are missing and root may."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sakina_local.problems import Problem

POLICY = Path("/usr/sbin/policy-rc.d")


def may_install() -> bool:
    """Return whether this process may install packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(package: str) -> None:
    """Install `package` alone, without starting a service of the system.

    Raises:
        Problem: apt-get could not; it says why.
    """
    with _no_service_starts():
        _apt("update")
        _apt("install", "--yes", "--no-install-recommends", package)


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Have Debian's own way of saying that an installation starts no service."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def _apt(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603
        ["apt-get", "-qq", *arguments],  # noqa: S607
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        why = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise Problem(f"apt-get {arguments[0]} failed: {' '.join(why)}")
