"""What the host does for a dump and a restore of the stack, by a `docker` that only writes down."""

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from sakina_stack import backups, secret_files
from sakina_stack.problems import Problem

COMPOSE = ("docker", "compose")
VOLUMES = {
    "postgres-data": {"name": "mine_postgres-data"},
    "rabbitmq-data": {"name": "mine_rabbitmq-data"},
    "rabbitmq-2-data": {"name": "mine_rabbitmq-2-data"},
}
DOCKER = """#!/bin/sh
printf '%s\\n' "$*" >> "$HERE/said"
case "$*" in
  "compose ps --quiet "*) cat "$HERE/running-$4" 2>/dev/null; exit 0 ;;
  "compose config"*) cat "$HERE/described" ;;
  "volume ls"*) cat "$HERE/volumes" 2>/dev/null; exit 0 ;;
  *" --keys"*|*"backup --keys"*) cat > "$HERE/input" ;;
  *) [ ! -e "$HERE/fails" ] || ! echo "$*" | grep -qf "$HERE/fails" ;;
esac
"""


class Docker:
    """A stack that is told what to say, and what was asked of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / "docker"
        program.write_text(DOCKER)
        program.chmod(0o755)
        self.has("described", json.dumps({"volumes": VOLUMES}))

    def asked(self) -> list[str]:
        """Return what was to change something."""
        said = (self.folder / "said").read_text().splitlines()
        return [line for line in said if " ps " not in line and " config " not in line]

    def has(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("HERE", str(folder))
    return Docker(folder)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    file = folder / "sakina-20261126T201500Z-local.dump"
    file.write_bytes(b"dump")
    return file


def test_secrets_and_settings_go_with_a_dump_from_the_host(docker: Docker, tmp_path: Path) -> None:
    secret_files.create(tmp_path / "env", tmp_path / "hidden")
    backups.back_up(COMPOSE, tmp_path / "env", tmp_path / "hidden")
    (asked,) = docker.asked()
    assert asked.endswith("--entrypoint bash /sakina/backup.sh backup /backups --keys")
    packed = io.BytesIO((docker.folder / "input").read_bytes())
    with tarfile.open(fileobj=packed) as tar:
        names = set(tar.getnames())
        secret = tar.extractfile("secrets/auth_database_url")
        kept = sorted(
            name.removeprefix("secrets/signing/")
            for name in names
            if name.startswith("secrets/signing/")
        )
        assert secret is not None
        assert secret.read() == (tmp_path / "hidden" / "auth_database_url").read_bytes()
    assert {".env", "secrets/auth_database_url", "secrets/gateway_fingerprint_key"} <= names
    assert kept == sorted(file.name for file in (tmp_path / "hidden" / "signing").iterdir())


def test_a_restore_begins_with_an_empty_broker_and_says_everything_again(
    docker: Docker, dump: Path
) -> None:
    docker.has("volumes", "mine_rabbitmq-data\n")
    backups.restore(COMPOSE, dump, dump.parent)
    asked = docker.asked()
    order = [
        next(n for n, line in enumerate(asked) if what in line)
        for what in (
            "up --detach --wait --no-build postgres",
            f"restore.sh backup /backups/{dump.name}",
            "rm --stop --force rabbitmq rabbitmq-2",
            "volume rm mine_rabbitmq-data mine_rabbitmq-2-data",
            "exec -T auth python -m chassis.events.republish auth",
        )
    ]
    assert order == sorted(order)
    assert asked[order[-1] - 1].endswith("up --detach --wait --no-build")
    again = [line for line in asked if "republish" in line]
    assert [line.split()[-1] for line in again] == list(secret_files.SERVICES)


def test_a_restore_beside_what_writes_is_refused(docker: Docker, dump: Path) -> None:
    docker.has("running-khatma", "4711\n")
    docker.has("running-backup", "4712\n")
    with pytest.raises(
        Problem, match="khatma, backup still run: docker compose stop khatma backup"
    ):
        backups.restore(COMPOSE, dump, dump.parent)
    with pytest.raises(Problem, match="still run"):
        backups.restore_to(COMPOSE, "2026-11-26 20:15:00+00")
    assert docker.asked() == []


@pytest.mark.parametrize("fails", ["restore.sh", "recover.sh"])
def test_a_broker_loses_nothing_to_a_restore_that_is_refused(
    docker: Docker, dump: Path, fails: str
) -> None:
    docker.has("fails", fails)
    with pytest.raises(Problem, match="as it says above"):
        if fails == "restore.sh":
            backups.restore(COMPOSE, dump, dump.parent)
        else:
            backups.restore_to(COMPOSE, "2026-11-26 20:15:00+00")
    assert not [line for line in docker.asked() if "rm " in line and "rabbitmq" in line]


def test_a_dump_that_the_container_cannot_see_is_refused(docker: Docker, dump: Path) -> None:
    with pytest.raises(Problem, match="copy it there first"):
        backups.restore(COMPOSE, dump, dump.parent.parent)
    assert not (docker.folder / "said").exists()


def test_a_moment_comes_back_before_anything_else_starts(docker: Docker) -> None:
    backups.restore_to(COMPOSE, "2026-11-26 20:15:00+00")
    asked = docker.asked()
    recover = next(n for n, line in enumerate(asked) if "recover.sh" in line)
    assert asked[recover].endswith("postgres 2026-11-26 20:15:00+00")
    assert "up --detach --wait --no-build postgres" in asked[recover + 1]
    assert "after_recovery.sh" in asked[recover + 2]
    assert json.dumps(asked).count("republish") == len(secret_files.SERVICES)
