"""The sign of life that a container's health check reads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.process.heartbeat import STALE_SECONDS, Pulse, complaint


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SAKINA_PULSE", str(tmp_path / "pulse"))
    return tmp_path / "pulse"


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chassis.process.heartbeat"],
        env={**os.environ, "SAKINA_PULSE": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def age(file: Path, seconds: float) -> None:
    then = file.stat().st_mtime - seconds
    os.utime(file, (then, then))


def test_a_service_that_never_reached_the_broker_is_not_well(folder: Path) -> None:
    assert check(folder).returncode == 1
    assert "broker" in check(folder).stderr


def test_each_consumer_that_beats_is_well(folder: Path) -> None:
    Pulse("rpc").beat()
    Pulse("events").beat()
    assert complaint(folder) is None
    assert check(folder).returncode == 0


def test_one_that_stopped_is_named(folder: Path) -> None:
    Pulse("rpc").beat()
    Pulse("events").beat()
    age(folder / "events", STALE_SECONDS + 5)
    said = check(folder)
    assert said.returncode == 1
    assert "events" in said.stderr
    assert "rpc" not in said.stderr


def test_beating_again_makes_it_well(folder: Path) -> None:
    Pulse("rpc").beat()
    age(folder / "rpc", STALE_SECONDS + 5)
    Pulse("rpc").beat()
    assert complaint(folder) is None


def test_without_a_folder_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SAKINA_PULSE", raising=False)
    monkeypatch.chdir(tmp_path)
    Pulse("rpc").beat()
    assert list(tmp_path.iterdir()) == []
