"""All is lost but the folder of backups, and comes back by the commands of the page alone."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import pytest
from page import ROOT, commands
from people import Person, ok, sign_up

from contracts.catalogue import SERVICES
from sakina_local import marks
from sakina_local.home import Home
from sakina_local.ports import free_ports

PATIENCE_SECONDS = 240
EVENTS = "select event_id, type, subject, sequence, data from {0}.outbox union all" + (
    " select event_id, type, subject, sequence, data from {0}.published order by 3, 4"
)


class Machine:
    """A checkout with a home and a port of its own, used by the commands of the page."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / ".sakina"
        self.backups = folder / "backups"
        self.screen = folder / "screen.txt"
        (self.port,) = free_ports(1)
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)
        self.up: subprocess.Popen[bytes] | None = None
        self._environment = {
            **{name: value for name, value in os.environ.items() if "SAKINA" not in name},
            "SAKINA_HOME": str(self.home),
            "PORT": str(self.port),
        }

    def give(self, heading: str) -> None:
        """Give the commands under `heading`, one that stays in a terminal of its own."""
        said = commands(heading, {"/var/backups/sakina": str(self.backups)})
        exports = "\n".join(line for line in said.splitlines() if line.startswith("export "))
        for line in said.splitlines():
            if line.startswith("make up"):
                self._stay(f"{exports}\n{line}")
            elif not line.startswith("export "):
                done = self._bash(f"{exports}\n{line}")
                assert done.returncode == 0, f"{line}: {done.stdout}"

    def start(self) -> None:
        """Start it, as in the first minute."""
        self._stay("make up")

    def demo(self) -> None:
        assert self._bash("make demo").returncode == 0

    def _bash(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-ec", line],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def _stay(self, line: str) -> None:
        with self.screen.open("wb") as screen:
            self.up = subprocess.Popen(
                ["bash", "-ec", line],
                cwd=ROOT,
                env=self._environment,
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        ready = f"ready http://127.0.0.1:{self.port}"
        until(lambda: ready in self.screen.read_text() or self._over(), "it is ready")
        assert ready in self.screen.read_text(), self.screen.read_text()

    def _over(self) -> bool:
        return self.up is not None and self.up.poll() is not None

    def lose_everything(self) -> None:
        """End every process at once, and remove all that it kept: database, broker, keys."""
        self.end()
        shutil.rmtree(self.home)

    def connect(self) -> Any:
        folder = self.home / "postgres"
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=(folder / "data" / "postmaster.pid").read_text().splitlines()[3],
            user="postgres",
            password=(folder / "password").read_text(),
            dbname="sakina",
        )
        connection.autocommit = True
        return connection

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(question)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def events(self) -> dict[str, list[tuple[Any, ...]]]:
        return {service: self.ask(EVENTS.format(service)) for service in SERVICES}

    def accounts(self) -> list[tuple[Any, ...]]:
        return self.ask("select id, email, password_hash from auth.account order by id")

    def end(self) -> None:
        supervisor = Home(self.home).holder()
        if supervisor:
            os.kill(supervisor, signal.SIGKILL)
        marks.end(self.home)
        if self.up:
            self.up.kill()
            self.up.wait()
        assert not marks.marked(self.home)


def until(condition: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come about: {what}"
        time.sleep(0.1)


def figures(person: Person) -> dict[str, Any]:
    """Return what somebody sees of theirs, but for notifications."""
    paths = ("/api/dashboard/", "/api/user/me/", "/api/khatmas/", "/api/meditations/sessions/")
    seen = {path: ok(person.get(path)) for path in paths}
    del seen["/api/dashboard/"]["unread_notifications"]
    return seen


def feed(person: Person, kind: str = "") -> list[str]:
    """Return the ids of all that is recorded for somebody, or of one type."""
    page = ok(person.get("/api/activity/", limit=200))
    assert not page["more"]
    return [each["id"] for each in page["events"] if each["type"].startswith(kind)]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    tmp_path.chmod(0o711)
    made = Machine(tmp_path)
    yield made
    made.end()


def test_what_was_there_is_there_again(machine: Machine) -> None:
    machine.start()
    machine.demo()
    layla = sign_up(machine.http, "Layla Hassan")
    omar = sign_up(machine.http, "Omar Said")
    layla.meditate(25)
    layla.told("welcome")
    omar.told("welcome")
    khatma = layla.new_khatma(is_public=True)["id"]
    first = omar.join(khatma)
    second = first + 1
    layla.told("khatma_joined")

    with machine.connect() as holding, holding.cursor() as holds:
        holding.autocommit = False
        # Published and not taken in by its follower: notify waits.
        holds.execute("lock table notify.inbox in exclusive mode")
        ok(omar.finish(khatma, first), 201)
        until(
            lambda: machine.ask(
                "select from khatma.published where type = 'khatma.part_completed.v1'"
                f" and subject = 'khatma/{khatma}'"
            ),
            "the first is published",
        )
        # Not marked as published: the relay waits.
        holds.execute("lock table khatma.published in exclusive mode")
        ok(omar.finish(khatma, second), 201)
        until(lambda: len(feed(layla, "khatma.part_completed.")) == 2, "both are recorded")
        accounts, events = machine.accounts(), machine.events()
        seen = {person.email: figures(person) for person in (layla, omar)}
        assert len(layla.notifications("chapter_completed")) == 0
        activity = feed(layla)
        notices = {each["id"] for each in layla.notifications()}

        machine.give("### Without containers")
        holding.rollback()
    holding.close()
    late = sign_up(machine.http, "Came Later")
    layla.meditate(10)

    machine.lose_everything()
    machine.give("#### Restoring without containers")

    assert machine.accounts() == accounts
    assert {person.email: figures(person) for person in (layla, omar)} == seen, "by the old tokens"
    layla.log_in()
    assert (
        machine.http.post(
            "/api/login/", json={"email": late.email, "password": late.password}
        ).status_code
        == 401
    )
    assert late.get("/api/user/me/").status_code in (401, 404)
    kept = machine.events()
    for service, before in events.items():
        assert [event for event in kept[service] if event in before] == before

    # What had no effect before has it now, once; what had it, has it no second time.
    told = layla.told("chapter_completed", 2)
    assert sorted(each["title"].split()[-1] for each in told) == sorted(map(str, (first, second)))
    assert notices < {each["id"] for each in layla.notifications()}
    again = feed(layla)
    assert again[: len(activity)] == activity, "the record goes on, though its stream is new"
    assert len(set(again)) == len(again)
    assert len(feed(layla, "khatma.part_completed.")) == 2
    assert len(layla.told("welcome")) == 1
    assert len(layla.told("khatma_joined")) == 1
    session = layla.meditate(5)["id"]
    until(lambda: len(feed(layla)) > len(again), f"session {session} is recorded")
    new = sign_up(machine.http, "New Here")
    assert new.id > late.id
    new.told("welcome")
    ((counted,),) = machine.ask("select sum(calls) from pg_stat_statements where query ~ 'insert'")
    assert counted, "and it is counted which statements take the time"
