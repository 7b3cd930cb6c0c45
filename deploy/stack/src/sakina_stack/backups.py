"""Dumps of the stack: deploy/backup in a container, and what goes with them from the host.

The container `backup` writes one every so often, by itself; it sees the database's socket and its
own folder alone, so the secrets are put beside a dump from here.
"""

import io
import re
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

from sakina_stack import rolling
from sakina_stack.problems import Problem
from sakina_stack.secret_files import SERVICES

WRITERS = ("traefik", "gateway", *SERVICES, "backup")
FOLDER = "/backups"
ARCHIVE = "/archive"
"""The folders of dumps, and of the log and its base backups, as the containers see them."""


def back_up(compose: Sequence[str], environment: Path, secrets: Path) -> None:
    """Write a dump now, and beside it `environment` and the folder `secrets`.

    Raises:
        Problem: No dump was written; none of before is gone.
    """
    _do([*_script(compose, "backup.sh"), FOLDER, "--keys"], said=_packed(environment, secrets))


def restore(compose: Sequence[str], dump: Path, folder: Path) -> None:
    """Put `dump` in the place of an empty database, with a broker made anew, and start everything.

    Args:
        compose: The command that speaks to the stack.
        dump: A file of `folder`.
        folder: That of the dumps, as the host sees it.

    Raises:
        Problem: Something still runs that writes, or the database is not empty, or the dump is not
            whole, or its key is another one: nothing was changed. Or what comes after failed.
    """
    if dump.resolve().parent != folder.resolve():
        raise Problem(f"{dump} is not in {folder}, which the container sees: copy it there first.")
    _refuse_while_running(compose, WRITERS)
    _do([*compose, "up", "--detach", "--wait", "--no-build", "postgres"])
    _do(_job(compose, "database"))  # the roles
    _do([*_script(compose, "restore.sh"), f"{FOLDER}/{dump.name}"])
    _start_anew(compose)


def restore_to(compose: Sequence[str], moment: str) -> None:
    """Put the database as it was at `moment`, of the archive; then as `restore` does.

    Args:
        compose: The command that speaks to the stack, with docker-compose.archive.yml.
        moment: As PostgreSQL reads it, such as 2026-11-26 20:15:00+00.

    Raises:
        Problem: Something still runs, or no base backup ended before: nothing was changed. Or the
            log does not reach the moment: what was there is in the archive.
    """
    _refuse_while_running(compose, [*WRITERS, "postgres"])
    _do([*compose, "run", "--rm", "-T", "--no-deps", "archive-folder"])
    data = "/var/lib/postgresql/data"
    words = f"bash /sakina/recover.sh {ARCHIVE} {data}"
    run = ["run", "--rm", "-T", "--no-deps", "--user", "postgres", "--entrypoint", words]
    _do([*compose, *run, "postgres", moment])
    _do([*compose, "up", "--detach", "--wait", "--no-build", "postgres"])
    _do([*_script(compose, "after_recovery.sh")])
    _start_anew(compose)


def publish_again(compose: Sequence[str]) -> None:
    """Publish every event that is still kept again, once everybody is up.

    Raises:
        Problem: Not all of them are; doing it once more does no harm.
    """
    for service in SERVICES:
        again = ["python", "-m", "chassis.events.republish", service]
        _do([*compose, "exec", "-T", service, *again])


def _refuse_while_running(compose: Sequence[str], names: Sequence[str]) -> None:
    if running := [name for name in names if _ask([*compose, "ps", "--quiet", name])]:
        raise Problem(
            f"{', '.join(running)} still run: docker compose stop {' '.join(running)}. "
            "Nothing was changed."
        )


def _start_anew(compose: Sequence[str]) -> None:
    """Start everything on a database of before, with a broker that has nothing."""
    _say("from here on, should it be interrupted: docker compose up -d --wait, then republish")
    _do(_job(compose, "database"))  # what each role may do in it
    nodes = _broker_nodes(compose)
    _do([*compose, "rm", "--stop", "--force", *nodes])
    if volumes := [volume for volume in nodes.values() if _is_there(volume)]:
        _do(["docker", "volume", "rm", *volumes])
    _do([*compose, "up", "--detach", "--wait", "--no-build"])
    publish_again(compose)


def _script(compose: Sequence[str], name: str) -> list[str]:
    run = ["run", "--rm", "-T", "--no-deps", "--entrypoint", f"bash /sakina/{name}", "backup"]
    return [*compose, *run]


def _job(compose: Sequence[str], name: str) -> list[str]:
    return [*compose, "run", "--rm", "-T", "--no-deps", name]


def _broker_nodes(compose: Sequence[str]) -> dict[str, str]:
    """Return the nodes of the broker, each with the volume of its data."""
    described = rolling.described(compose)
    named = re.compile(r"(rabbitmq(?:-\d)?)-data")
    found = {key: named.fullmatch(key) for key in described["volumes"]}
    return {node[1]: described["volumes"][key]["name"] for key, node in found.items() if node}


def _is_there(volume: str) -> bool:
    return bool(_ask(["docker", "volume", "ls", "--quiet", "--filter", f"name=^{volume}$"]))


def _packed(environment: Path, secrets: Path) -> bytes:
    """Return both as a tar, to be unpacked in the folder deploy."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, name in ((environment, ".env"), (secrets, "secrets")):
            if not path.exists():
                raise Problem(f"{path} does not exist: run `make secrets` first.")
            tar.add(path, name)
    return packed.getvalue()


def _ask(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise Problem(f"`{' '.join(command)}` failed: {said[-1] if said else done.returncode}")
    return done.stdout.strip()


def _do(command: Sequence[str], said: bytes = b"") -> None:
    """Do `command`, which speaks to whoever is at the terminal."""
    done = subprocess.run(command, input=said, check=False)  # noqa: S603
    if done.returncode:
        raise Problem(f"`{' '.join(command)}` failed with {done.returncode}, as it says above.")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
