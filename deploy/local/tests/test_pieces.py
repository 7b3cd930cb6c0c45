"""The pieces of the local system that a whole run does not show."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sakina_local import accounts, broker, marks, parts, rabbitmq_package, signing_keys, watch
from sakina_local.addresses import BrokerAddress, Parts, PostgresAddress
from sakina_local.home import Home
from sakina_local.ports import LOOPBACK, free_ports
from sakina_local.problems import Problem
from sakina_local.progress import Progress
from sakina_local.system import Place
from sakina_local.test_run import Outcome


def test_secrets_are_drawn_once_and_closed_to_others(tmp_path: Path) -> None:
    home = Home(tmp_path / ".sakina")
    home.prepare()
    drawn = home.secrets()
    assert home.secrets() == drawn
    values = [*drawn.roles.values(), *drawn.users.values(), drawn.fingerprint_key]
    assert len(set(values)) == len(values)
    for file in (home.folder / "secrets.json", *home.keys.iterdir()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_newer_key_has_a_later_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = signing_keys.make(tmp_path)
    until_the_second_turns()
    assert signing_keys.make(tmp_path).name > first.name


def until_the_second_turns() -> None:
    now = int(time.time())
    while int(time.time()) == now:
        time.sleep(0.01)


def test_a_lock_goes_with_its_holder(tmp_path: Path) -> None:
    home = Home(tmp_path)
    holding = "import sys; from pathlib import Path; from sakina_local.home import Home\n"
    holding += f"with Home(Path({str(tmp_path)!r})).locked(): print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        assert home.holder() == holder.pid
        with pytest.raises(Problem, match="make down"), home.locked():
            pass
        holder.kill()
    assert home.holder() is None
    with home.locked():
        pass


def test_anothers_folder_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    home.refuse_anothers()
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(Problem, match="run make as that user"):
        home.refuse_anothers()


def test_deaths_in_a_row_are_answered_ever_later() -> None:
    with subprocess.Popen(["false"]) as dead:
        dead.wait()
    said: list[str] = []
    one = watch.Watched("thing", lambda: dead, lambda: None)
    for _ in range(9):
        one.look(said.append)  # it died
        one._due = 0.0  # the pause is over
        one.look(said.append)  # it is started
    pauses = [float(line.split(" in ")[1].split()[0]) for line in said if "ended" in line]
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_mark_is_inherited_and_ended(tmp_path: Path) -> None:
    env = marks.environment(tmp_path)
    with subprocess.Popen(["sh", "-c", "sleep 60 & wait"], env=env, start_new_session=True):
        while len(marks.marked(tmp_path)) < 2:
            time.sleep(0.01)
        assert marks.marked(tmp_path / "elsewhere") == []
        assert len(marks.end(tmp_path)) == 2
    assert marks.marked(tmp_path) == []


def test_postgres_runs_as_nobody_where_namespaces_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(accounts, "namespaces_allowed", lambda: False)
    local = parts.LocalParts()
    server = parts.new_postgres(local.folder / "postgres")
    try:
        server.start()
        owner = (server.data / "postmaster.pid").stat().st_uid
        assert (owner == 65534) == (os.geteuid() == 0)
    finally:
        server.stop()
        local.end()


def test_a_missing_broker_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "PROGRAMS", tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Problem, match="install the package rabbitmq-server"):
        rabbitmq_package.ensure(Progress())


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = parts.new_postgres(tmp_path)
    server.settings = ("shared_buffers=nonsense",)
    with pytest.raises(Problem, match="nonsense"):
        server.start()
    assert marks.marked(tmp_path) == []


def test_free_ports_are_different() -> None:
    assert len(set(free_ports(50))) == 50


def test_the_last_line_is_what_ci_reads() -> None:
    assert str(Outcome(3, 0, 0)) == "3 passed, 0 failed"
    assert str(Outcome(3, 1, 0) + Outcome(1, 0, 2)) == "4 passed, 1 failed, 2 skipped"


@pytest.mark.parametrize("rate", ["SAKINA_SIGNUP_RATE", "SAKINA_LOGIN_RATE"])
def test_one_machine_has_no_limit_of_logins_but_what_it_is_told(
    rate: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / ".sakina")
    home.prepare()
    drawn = home.secrets()
    there = Parts(
        postgres=PostgresAddress(LOOPBACK, 5432, drawn.roles),
        broker=BrokerAddress(LOOPBACK, 5672, drawn.users, (), {}),
    )
    place = Place(tmp_path, there, "sakina", "/", 8000, tmp_path, "a secret", lambda name: tmp_path)
    monkeypatch.delenv(rate, raising=False)
    assert place.environment("auth")[rate] == "0"
    monkeypatch.setenv(rate, "7")
    assert place.environment("auth")[rate] == "7"
