"""The pieces of the local system that a whole run does not show."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from waiting import until

from notify.settings import Settings
from sakina_local import (
    accounts,
    broker,
    chromium_package,
    marks,
    node,
    parts,
    prometheus_package,
    rabbitmq_package,
    watch,
)
from sakina_local.addresses import BrokerAddress, Parts, PostgresAddress
from sakina_local.home import Home
from sakina_local.place import Place, where_webhooks_lead
from sakina_local.ports import LOOPBACK, free_ports, listening
from sakina_local.problems import Problem
from sakina_local.progress import Progress
from sakina_local.test_run import Outcome
from sakina_stack import signing_key


def test_secrets_are_drawn_once_and_closed_to_others(tmp_path: Path) -> None:
    home = Home(tmp_path / ".sakina")
    home.prepare()
    drawn = home.secrets()
    assert home.secrets() == drawn
    values = [*drawn.roles.values(), *drawn.users.values(), drawn.fingerprint_key]
    assert len(set(values)) == len(values)
    for file in (home.folder / "secrets.json", *home.keys.iterdir()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_others_pass_through_the_folder_and_read_nothing_in_it_that_matters(tmp_path: Path) -> None:
    home = Home(tmp_path / ".sakina")
    home.folder.mkdir(mode=0o755)  # by a command that keeps something else in it
    home.prepare()
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o711
    for folder in (home.keys, home.logs):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_brokers_ports_stay_where_nobody_took_them(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.broker_ports() == []
    drawn = home.find_broker_ports()
    assert home.find_broker_ports() == home.broker_ports() == drawn
    with socket.create_server((LOOPBACK, drawn[0])):
        moved = home.find_broker_ports()
        assert drawn[0] not in moved
    assert home.broker_ports() == moved


def test_a_newer_key_has_a_later_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = signing_key.make(tmp_path)
    assert signing_key.make(tmp_path).name > first.name


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
    longest = [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert all(most / 2 - 0.1 <= each <= most for each, most in zip(pauses, longest, strict=True))


def test_what_died_together_is_not_started_in_one_instant() -> None:
    with subprocess.Popen(["false"]) as dead:
        dead.wait()
    together = [watch.Watched(f"thing {n}", lambda: dead, lambda: None, deaths=6) for n in range(9)]
    for one in together:
        one.look(lambda line: None)
    assert len({one._due for one in together}) == len(together)
    assert max(one._due or 0 for one in together) - min(one._due or 0 for one in together) > 1


def test_what_a_signal_stopped_is_ended_and_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "STILL_SECONDS", 0.1)
    said: list[str] = []
    with subprocess.Popen(["sleep", "60"], process_group=0) as still:
        one = watch.Watched("thing", lambda: still, lambda: None)
        one.look(said.append)
        assert said == []
        still.send_signal(signal.SIGSTOP)
        until(lambda: (one.look(said.append), len(said) == 2)[1])
    assert said[0] == "thing stands still; ending it"
    assert said[1].startswith("thing ended (by signal 9)")


def test_the_orphans_of_a_killed_parent_are_ended() -> None:
    """Also one that would live on for as long as it likes."""
    watching = (
        "import subprocess, os, signal, time; from sakina_local import orphans; orphans.adopt()\n"
        "parent = subprocess.Popen(['sh', '-c', 'sleep 60 & echo $!; wait'],"
        " stdout=subprocess.PIPE, text=True, start_new_session=True)\n"
        "known = subprocess.Popen(['sleep', '60'])\n"
        "orphan = int(parent.stdout.readline())\n"
        "os.kill(orphan, signal.SIGSTOP); parent.kill(); parent.wait()\n"
        "end = time.monotonic() + 20\n"
        "while os.path.exists(f'/proc/{orphan}') and time.monotonic() < end:\n"
        "    orphans.end({known.pid})\n"
        "print(os.path.exists(f'/proc/{orphan}'), known.poll()); known.kill()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", watching], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "False None\n", done.stderr


def test_a_mark_is_inherited_and_ended(tmp_path: Path) -> None:
    env = marks.environment(tmp_path)
    with subprocess.Popen(["sh", "-c", "sleep 60 & wait"], env=env, start_new_session=True):
        while len(marks.marked(tmp_path)) < 2:
            time.sleep(0.01)
        assert marks.marked(tmp_path / "elsewhere") == []
        assert len(marks.end(tmp_path)) == 2
    assert marks.marked(tmp_path) == []


@pytest.mark.parametrize("mode", [0o711, 0o700], ids=["open", "closed"])
def test_postgres_runs_as_nobody_where_namespaces_are_refused(
    monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    """Also behind a folder that is closed to others, as root's home is, or the checkout's."""
    monkeypatch.setattr(accounts, "namespaces_allowed", lambda: False)
    local = parts.LocalParts()
    local.folder.chmod(mode)
    server = parts.new_postgres(local.folder / "postgres")
    try:
        server.start()
        owner = (server.data / "postmaster.pid").stat().st_uid
        assert (owner == 65534) == (os.geteuid() == 0)
        with server.address.connect() as connection, connection.cursor() as cursor:
            cursor.execute("select 1")
        assert server.process
        assert not powers_of(server.process.pid) & ~passing()
    finally:
        server.stop()
        local.end()


def powers_of(process: int) -> int:
    """Return the capabilities that a process has, as the kernel's bits."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff"))


def passing() -> int:
    """Return the bit of the power to pass by the permissions of files."""
    return 1 << 1  # CAP_DAC_OVERRIDE in linux/capability.h


def test_where_nobody_reaches_nothing_root_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda *_: None)
    monkeypatch.setattr(accounts, "namespaces_allowed", lambda: False)
    monkeypatch.setattr(accounts, "_reaches", lambda *_: False)
    with pytest.raises(Problem, match="run make as an ordinary user"):
        accounts.launcher(tmp_path, tmp_path / "postgres")


def test_a_missing_broker_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "PROGRAMS", tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Problem, match="install the package rabbitmq-server"):
        rabbitmq_package.ensure(Progress())


@pytest.mark.parametrize(
    ("package", "sentence"),
    [
        (chromium_package, "install the package chromium-headless-shell"),
        (prometheus_package, "prometheus and prometheus-postgres-exporter are missing"),
    ],
)
def test_what_only_some_tests_need_leaves_them_out_in_one_sentence(
    package: ModuleType,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Unlike the broker, which every test needs; and nothing is installed by who may not."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    package.ensure(Progress())
    assert capsys.readouterr().out == ""
    assert sentence in (package.missing() or "")


def test_a_node_that_is_missing_or_old_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "install the packages nodejs and npm" in (node.missing() or "")
    for name, said in (("npm", ""), ("node", "v16.20.2")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {said}\n")
        (tmp_path / name).chmod(0o755)
    assert "v16.20.2 is too old: install 18.17 or later" in (node.missing() or "")
    (tmp_path / "node").write_text("#!/bin/sh\necho v18.20.4\n")
    assert node.missing() is None


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = parts.new_postgres(tmp_path)
    server.settings = ("shared_buffers=nonsense",)
    with pytest.raises(Problem, match="nonsense"):
        server.start()
    assert marks.marked(tmp_path) == []


def test_free_ports_are_different() -> None:
    assert len(set(free_ports(50))) == 50


def test_a_free_port_is_nobody_elses_while_its_server_is_away() -> None:
    (port,) = free_ports(1)
    for _ in range(2):
        with socket.create_server((LOOPBACK, port)):
            assert listening(port)
        assert not listening(port)
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind((LOOPBACK, port))


def test_a_free_port_is_given_to_no_one_who_asks_for_any() -> None:
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    assert not any(first <= port <= last for port in free_ports(50))


def test_the_last_line_is_what_ci_reads() -> None:
    assert str(Outcome(3, 0, 0)) == "3 passed, 0 failed"
    assert str(Outcome(3, 1, 0) + Outcome(1, 0, 2)) == "4 passed, 1 failed, 2 skipped"


@pytest.mark.parametrize("rate", ["SAKINA_SIGNUP_RATE", "SAKINA_LOGIN_RATE"])
def test_one_machine_has_no_limit_of_logins_but_what_it_is_told(
    rate: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = somewhere(tmp_path)
    monkeypatch.delenv(rate, raising=False)
    assert place.environment("auth")[rate] == "0"
    monkeypatch.setenv(rate, "7")
    assert place.environment("auth")[rate] == "7"


def somewhere(folder: Path) -> Place:
    """A place where nothing runs."""
    home = Home(folder / ".sakina")
    home.prepare()
    drawn = home.secrets()
    there = Parts(
        postgres=PostgresAddress(LOOPBACK, 5432, drawn.roles),
        broker=BrokerAddress(LOOPBACK, 5672, drawn.users, (), {}),
    )
    return Place(folder, there, "sakina", "/", 8000, folder, "a secret", lambda name: folder)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (None, "may lead to this machine"),
        ("1", "may lead to this machine"),
        ("0", "lead to public addresses alone"),
        ("False", "lead to public addresses alone"),
    ],
)
def test_where_webhooks_lead_is_said_as_notify_is_told(
    said: str | None, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SAKINA_WEBHOOKS_TO_LOOPBACK", raising=False)
    if said is not None:
        monkeypatch.setenv("SAKINA_WEBHOOKS_TO_LOOPBACK", said)
    environment = somewhere(tmp_path).environment("notify")
    assert where_webhooks_lead(environment).startswith(words)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings().webhooks_to_loopback is ("this machine" in words)
