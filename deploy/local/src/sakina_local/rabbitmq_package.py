"""Debian's package `rabbitmq-server`, installed where it is missing and root may."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sakina_local import broker
from sakina_local.problems import Problem
from sakina_local.progress import Progress

POLICY = Path("/usr/sbin/policy-rc.d")


def ensure(progress: Progress) -> None:
    """Install RabbitMQ unless it is here, without starting a broker of the system."""
    if broker.installed():
        return
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or not apt:
        raise Problem(
            "RabbitMQ is missing: install the package rabbitmq-server "
            "(its own service may stay off), then run make again."
        )
    progress.say("installing rabbitmq-server, which is missing …")
    with _no_service_starts():
        _apt(apt, "update")
        _apt(apt, "install", "--yes", "--no-install-recommends", "rabbitmq-server")
    if not broker.installed():
        raise Problem(f"RabbitMQ was installed, but not in {broker.PROGRAMS}: this package is new.")


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


def _apt(apt: str, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603
        [apt, "-qq", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        why = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise Problem(f"apt-get {arguments[0]} failed: {' '.join(why)}")
