"""A rolling restart: each service gets new containers before its old ones are stopped.

Instances of a service compete for the same queue, and Traefik finds every running gateway by
name, so that old and new ones work side by side for a moment. A service's migrations run before
its new containers start: they only add, so that the old ones go on.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from sakina_stack.problems import Problem

ORDER = ("notify", "khatma", "practice", "auth", "gateway")
PATIENCE_SECONDS = 120


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
        there = _run([*compose, "ps", "--all", "--quiet", service]).split()
        count = len(there) + len(old)
        # Made anew, or the job would run by the image that it was first made from.
        if jobs[service]:
            _run([*compose, "rm", "--force", *jobs[service]])
        # Not --no-deps: containers that are made so would all be made anew by the next plain `up`.
        start = ["up", "--detach", "--no-recreate", "--no-build", "--wait"]
        start += ["--wait-timeout", str(patience)]
        try:
            _run([*compose, *start, "--scale", f"{service}={count}", service])
        except (Problem, KeyboardInterrupt) as problem:
            now = _run([*compose, "ps", "--all", "--quiet", service]).split()
            said = _taken_back(set(now) - set(there))
            raise Problem(
                f"the new containers of {service} did not start and become healthy; they are gone "
                f"again, and the old ones still run. {said or problem}"
            ) from problem
        _say(f"{service}: draining the old")
        _run(["docker", "stop", *there])
        _run(["docker", "rm", *there])
    _say("rolled: " + ", ".join(services))


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


def started_at(compose: Sequence[str], service: str) -> datetime:
    """Return when the youngest running container of `service` was started, in UTC.

    Raises:
        Problem: None is running, or no Docker engine answers.
    """
    running = _run([*compose, "ps", "--quiet", service]).split()
    if not running:
        raise Problem(
            f"{service} is not running, so nobody knows what it works by: start it first."
        )
    said = _run(["docker", "inspect", "--format={{.State.StartedAt}}", *running])
    return max(datetime.fromisoformat(line[:19]).replace(tzinfo=UTC) for line in said.split())


def _jobs(compose: Sequence[str]) -> dict[str, list[str]]:
    """Return by each service's name the jobs that must succeed before it starts."""
    described = json.loads(_run([*compose, "config", "--format=json"]))["services"]
    return {
        service: [
            name
            for name, dependency in says.get("depends_on", {}).items()
            if dependency["condition"] == "service_completed_successfully"
        ]
        for service, says in described.items()
    }


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise Problem(f"`{' '.join(command)}` failed: {said[-1] if said else done.returncode}")
    return done.stdout


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
