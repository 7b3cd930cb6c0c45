"""`make up` from the outside: what a person at two terminals sees, on the real system."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import until

from sakina_local import marks
from sakina_local.ports import free_ports, listening

READY_SECONDS = 180
STOP_SECONDS = 60


class Terminal:
    """One run of `python -m sakina_local up` on a home of its own."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.port = port
        self.screen = home.parent / f"screen-{time.monotonic_ns()}.txt"
        with self.screen.open("wb") as screen:
            self.process = subprocess.Popen(
                command(home, "up", "--port", str(port)),
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def shows(self) -> str:
        return self.screen.read_text()

    def wait_ready(self) -> None:
        line = f"ready http://127.0.0.1:{self.port}"
        until(
            lambda: line in self.shows().splitlines() or self.process.poll() is not None,
            READY_SECONDS,
        )
        assert line in self.shows().splitlines(), self.shows()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        marks.end(self.home)


def command(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "sakina_local", "--home", str(home), *words]


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(home, *words), capture_output=True, text=True, timeout=60, check=False
    )


def program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def find(home: Path, words: str) -> list[int]:
    return [pid for pid in marks.marked(home) if re.search(words, program(pid))]


def find_backend(postmaster: int) -> int:
    """Return a server process that serves a client."""
    listed = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return next(int(pid) for pid in listed if "127.0.0.1" in program(int(pid)))


def answer(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as said:
            return int(said.status)
    except OSError:
        return 0


def sign_up(port: int, email: str) -> int:
    body = f'{{"fullname": "Layla", "email": "{email}", "password": "a-quiet-place-7"}}'
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/signup/",
        body.encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as said:
            return int(said.status)
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    home = tmp_path_factory.mktemp("checkout") / ".sakina"
    started = Terminal(home, *free_ports(1))
    yield started
    started.end()


def test_a_system_lives_through_deaths_and_a_killed_supervisor(terminal: Terminal) -> None:
    home, port = terminal.home, terminal.port
    terminal.wait_ready()
    assert answer(port, "/readyz") == 200
    assert sign_up(port, "layla@example.com") == 201

    # A second one in the same checkout says so in a sentence, and harms nothing.
    second = run(home, "up", "--port", str(port))
    assert second.returncode != 0
    assert "running already" in second.stdout
    assert "make down" in second.stdout
    assert len(second.stdout.strip().splitlines()) == 1

    # What dies is started again.
    for words in ("-m khatma", "-m gateway"):
        (died,) = find(home, words)
        os.kill(died, signal.SIGKILL)
        until(lambda words=words, died=died: find(home, words) not in ([], [died]), 60)
    until(lambda: answer(port, "/readyz") == 200, 90)

    # A PostgreSQL that is killed starts anew, also where an orphan of it would keep it from that.
    postmaster = int((home / "postgres/data/postmaster.pid").read_text().splitlines()[0])
    backend = find_backend(postmaster)
    os.kill(backend, signal.SIGSTOP)
    os.kill(postmaster, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{backend}").exists(), 30)
    until(lambda: answer(port, "/readyz") == 200, 90)

    # The kernel tells the children of a supervisor that is killed.
    terminal.process.kill()
    terminal.process.wait()
    until(lambda: not marks.marked(home), STOP_SECONDS)

    # The next start finds the data, and another terminal stops it.
    again = Terminal(home, port)
    try:
        again.wait_ready()
        assert sign_up(port, "layla@example.com") == 409
        down = run(home, "down")
        assert down.returncode == 0, down.stdout
        assert again.process.wait(STOP_SECONDS) == 0
        assert marks.marked(home) == []
        assert not listening(port)
    finally:
        again.end()


def test_stopping_in_the_middle_of_the_start_leaves_nothing(tmp_path: Path) -> None:
    started = Terminal(tmp_path / ".sakina", *free_ports(1))
    try:
        until(lambda: find(started.home, "beam.smp"), 60)
        started.process.send_signal(signal.SIGINT)
        assert started.process.wait(STOP_SECONDS) == 0
        assert marks.marked(started.home) == []
    finally:
        started.end()


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        done = run(tmp_path / ".sakina", "up", "--port", str(port))
    assert done.returncode != 0
    assert f"Port {port} is taken" in done.stdout
    assert f"PORT={port + 1} make up" in done.stdout
    assert marks.marked(tmp_path) == []


@pytest.mark.parametrize("port", ["0", "70000", "eighty", "-1"])
def test_a_port_that_is_none_is_said_in_one_sentence(tmp_path: Path, port: str) -> None:
    done = run(tmp_path / ".sakina", "up", f"--port={port}")
    assert done.returncode != 0
    assert "PORT" in done.stdout
    assert len(done.stdout.strip().splitlines()) == 1


def test_down_without_up_is_no_error(tmp_path: Path) -> None:
    done = run(tmp_path / ".sakina", "down")
    assert (done.returncode, done.stdout) == (0, "nothing runs\n")


def test_a_consumer_needs_a_system_that_runs(tmp_path: Path) -> None:
    done = run(tmp_path / ".sakina", "consumer", "add", "analytics", "khatma.#")
    assert done.returncode != 0
    assert "make up" in done.stdout
    assert len(done.stdout.strip().splitlines()) == 1


def test_clean_removes_what_was_kept(tmp_path: Path) -> None:
    home = tmp_path / ".sakina"
    (home / "logs").mkdir(parents=True)
    assert run(home, "clean").returncode == 0
    assert not home.exists()
