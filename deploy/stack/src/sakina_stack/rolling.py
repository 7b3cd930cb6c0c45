"""A rolling restart: each service gets new containers before its old ones are stopped.

Instances of a service compete for the same queue, and Traefik finds every running gateway by
name, so that old and new ones work side by side for a moment. A service's migrations run before
its new containers start: they only add, so that the old ones go on.
"""

import json
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from signal import SIG_IGN, SIGHUP, SIGINT, SIGTERM, signal
from time import monotonic, sleep
from typing import Any

from sakina_stack.problems import Problem

ORDER = ("notify", "khatma", "practice", "auth", "gateway")
"""To a later release: who is asked or told before who asks or tells; to an older one, backwards."""
PATIENCE_SECONDS = 120
LOOK_SECONDS = 0.5
STARTS = 3
"""After so many starts a container that ends is not expected to stay."""


def roll(
    compose: Sequence[str], services: Sequence[str] = ORDER, patience: int = PATIENCE_SECONDS
) -> None:
    """Replace the containers of `services`, one service after the other.

    New containers take the image, the settings and the secrets as they are now; so do the jobs
    that must succeed before a service starts.

    Args:
        compose: The command that speaks to the stack: `docker compose` with its options.
        services: Names of services, in the order to replace them.
        patience: Seconds that the new containers of a service may take, their jobs included.

    Raises:
        Problem: A service has no containers, or a job of it fails, or its new containers do not
            become healthy: the old ones are still running then.
    """
    jobs = _jobs(compose)
    for service in services:
        old = _run([*compose, "ps", "--quiet", service]).split()
        if not old:
            raise Problem(f"{service} is not running: start the stack before rolling it.")
        _say(f"{service}: starting {len(old)} beside {len(old)}")
        there = _all(compose, service)
        count = len(there) + len(old)
        # Made anew, or the job would run by the image that it was first made from.
        if jobs[service]:
            _run([*compose, "rm", "--force", *jobs[service]])
        # Not --no-deps: containers that are made so would all be made anew by the next plain `up`.
        # Not --wait: that gives up where an old one is unhealthy, which is to be replaced.
        start = ["up", "--detach", "--no-recreate", "--no-build"]
        end = monotonic() + patience
        try:
            _run([*compose, *start, "--scale", f"{service}={count}", service], seconds=patience)
            _wait_until_healthy(_all(compose, service) - there, end)
        except (Problem, KeyboardInterrupt) as problem:
            said = _taken_back(_all(compose, service) - there)
            raise Problem(
                f"the new containers of {service} did not start and become healthy; they are gone "
                f"again, and the old ones still run. {problem} {said}".strip()
            ) from problem
        _say(f"{service}: draining the old")
        with _uninterrupted():
            _run(["docker", "stop", *there], apart=True)
            _run(["docker", "rm", *there], apart=True)
    _say("rolled: " + ", ".join(services))


def _all(compose: Sequence[str], service: str) -> set[str]:
    return set(_run([*compose, "ps", "--all", "--quiet", service]).split())


def _wait_until_healthy(containers: Collection[str], end: float) -> None:
    """Wait until all `containers` are healthy, at most until `end` on the monotonic clock."""
    look = ["docker", "inspect", "--format={{.RestartCount}} {{.State.Health.Status}}"]
    while True:
        states = [line.split() for line in _run([*look, *containers]).splitlines()]
        if all(health == "healthy" for _, health in states):
            return
        if any(health == "unhealthy" or int(starts) >= STARTS for starts, health in states):
            raise Problem("One of them is unhealthy, or ends again and again.")
        if monotonic() > end:
            raise Problem("They took too long.")
        sleep(LOOK_SECONDS)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Leave no old container beside the new ones because somebody closed a terminal."""
    before = {each: signal(each, SIG_IGN) for each in (SIGINT, SIGTERM, SIGHUP)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal(each, handler)


def _taken_back(containers: set[str]) -> str:
    """Remove `containers`; return the last line that one of them logged, or nothing."""
    said = ""
    for container in containers:
        logged = subprocess.run(  # noqa: S603
            ["docker", "logs", "--tail=1", container],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
        said = (logged.stdout + logged.stderr).strip() or said
        _run(["docker", "rm", "--force", container])
    return said


def started_at(compose: Sequence[str], service: str) -> tuple[datetime, datetime]:
    """Return when the oldest and the youngest running container of `service` started, in UTC.

    Raises:
        Problem: None is running, or no Docker engine answers.
    """
    running = _run([*compose, "ps", "--quiet", service]).split()
    if not running:
        raise Problem(
            f"{service} is not running, so nobody knows what it works by: start it first."
        )
    said = _run(["docker", "inspect", "--format={{.State.StartedAt}}", *running])
    starts = [datetime.fromisoformat(line[:19]).replace(tzinfo=UTC) for line in said.split()]
    return min(starts), max(starts)


def _jobs(compose: Sequence[str]) -> dict[str, list[str]]:
    """Return by each service's name the jobs that must succeed before it starts."""
    return {
        service: [
            name
            for name, dependency in says.get("depends_on", {}).items()
            if dependency["condition"] == "service_completed_successfully"
        ]
        for service, says in described(compose)["services"].items()
    }


def described(compose: Sequence[str]) -> dict[str, Any]:
    """Return the stack as Compose makes it of its files and of what it is told."""
    return dict(json.loads(_run([*compose, "config", "--format=json"])))


def _run(command: Sequence[str], seconds: float | None = None, *, apart: bool = False) -> str:
    """Return what `command` says; `apart` from the terminal, what that sends does not reach it."""
    try:
        done = subprocess.run(  # noqa: S603
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            start_new_session=apart,
        )
    except subprocess.TimeoutExpired as late:
        raise Problem(f"`{' '.join(command)}` took more than {seconds} s.") from late
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise Problem(f"`{' '.join(command)}` failed: {said[-1] if said else done.returncode}")
    return done.stdout


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
