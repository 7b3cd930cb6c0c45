"""Kill every process of a running local system under load, and see that nothing is lost or doubled.

    make up                                       # in one terminal
    .venv/bin/python tests/load/kills.py          # in another
    .venv/bin/python tests/load/kills.py --kills 33 --every 3

People log sessions and finish chapters, each with an Idempotency-Key that they repeat until they
are answered. Meanwhile one process after the other is killed with SIGKILL: gateway, services,
PostgreSQL, RabbitMQ, in an order that the printed seed repeats. Then every figure is compared with
what was answered, and every event with what the databases and its follower hold of it.
"""

import argparse
import os
import random
import signal
import sys
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg2

from sakina_local import marks

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".sakina"
PASSWORD = "a-quiet-place-7"
PROGRAMS = {
    **{name: f"-m {name}" for name in ("gateway", "auth", "practice", "khatma", "notify")},
    "postgres": "postgres -D",
    "rabbitmq": "beam.smp",
}
CHAPTERS = 14
"""Of each pair's khatma: fewer than one person may make notifications for another in an hour."""
SETTLE_SECONDS = 60


@dataclass
class Reader:
    """Somebody who writes, and what was answered 2xx."""

    http: httpx.Client
    access: str
    id: int
    sessions: int = 0
    chapters: set[int] = field(default_factory=set)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send until it is answered 2xx, with one key; return the answer."""
        headers = {
            "Authorization": f"Bearer {self.access}",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        while True:
            try:
                answer = self.http.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            if answer.is_success:
                return answer.json()
            # In flight (409), the service away (503), late (504): the same again, by the same key.
            if answer.status_code not in {409, 503, 504}:
                raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
            time.sleep(0.2)

    def log_session(self) -> None:
        """Log one minute."""
        body = {"meditation_type": "mantra", "duration": 1}
        self.send("POST", "/api/meditations/sessions/", body)
        self.sessions += 1

    def finish(self, khatma: int, chapter: int) -> None:
        """Finish an open chapter."""
        body = {"chapter_assigned": chapter, "is_completed": True}
        self.send("POST", f"/api/khatmas/{khatma}/sessions/", body)
        self.chapters.add(chapter)


def newcomer(url: str) -> Reader:
    """Return somebody new, logged in."""
    http = httpx.Client(base_url=url, timeout=10)
    account = {"email": f"{uuid.uuid4().hex}@example.com", "password": PASSWORD}
    user = http.post("/api/signup/", json={**account, "fullname": "Reader"})
    user.raise_for_status()
    access = http.post("/api/login/", json=account).json()["access"]
    return Reader(http, access, user.json()["id"])


def write_on(reader: Reader, khatma: int, until: threading.Event, failed: list[str]) -> None:
    """Log sessions, and now and then finish a chapter, until told to end."""
    # The first is the creator's, the second the companion's.
    open_chapters = list(range(3, 3 + CHAPTERS))
    try:
        while not until.is_set():
            reader.log_session()
            if open_chapters and reader.sessions % 8 == 0:
                reader.finish(khatma, open_chapters.pop())
    except Exception as error:
        failed.append(repr(error))


def processes() -> dict[str, list[int]]:
    """Return the running processes of the system by name."""
    found: dict[str, list[int]] = {}
    for pid in marks.marked(HOME):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        for name, text in PROGRAMS.items():
            if text in command and "migrations" not in command and "erl_child" not in command:
                found.setdefault(name, []).append(pid)
    return found


def kill_in_turn(kills: int, every: float, rng: random.Random) -> Counter[str]:
    """Kill one process after the other; return how often each was killed."""
    killed: Counter[str] = Counter()
    names: list[str] = []
    while sum(killed.values()) < kills:
        time.sleep(every)
        names = names or rng.sample(sorted(PROGRAMS), len(PROGRAMS))
        name = names.pop()
        for pid in processes().get(name, [])[:1]:
            os.kill(pid, signal.SIGKILL)
            killed[name] += 1
            say(f"  killed {name}")
    return killed


def database(service: str) -> Any:
    """Return a connection to the database as `service` has it."""
    for pid in processes()[service]:
        block = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        for variable in block:
            name, _, value = variable.decode().partition("=")
            if name == "SAKINA_DATABASE_URL":
                return psycopg2.connect(value.replace("+psycopg2", ""))
    raise RuntimeError(f"{service} does not run")


def ask(service: str, statement: str, *values: Any) -> Any:
    """Return the one figure that `statement` answers in the schema of `service`."""
    with database(service) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


EVENTS = """
    select count(*) from (select type, subject, actor from outbox
                          union all select type, subject, actor from published) as event
    where type = %s and actor = any(%s)
"""


def compared(pairs: list[tuple[Reader, Reader, int]]) -> list[str]:
    """Return what is not as it was answered."""
    wrong: list[str] = []

    def same(what: str, expected: Any, found: Any) -> None:
        if expected != found:
            wrong.append(f"{what}: {expected} were answered, {found} found")

    for reader, companion, khatma in pairs:
        page = reader.send("GET", "/api/meditations/sessions/")
        stats = reader.send("GET", "/api/meditations/stats/")
        read = reader.send("GET", "/api/stats/user/")
        told = companion.send("GET", "/api/notifications/?page_size=100")["results"]
        same("sessions", reader.sessions, page["count"])
        same("minutes", reader.sessions, stats["total_minutes"])
        same("chapters", len(reader.chapters), read["total_chapters_read"])
        chapters = [each for each in told if each["notification_type"] == "chapter_completed"]
        same(f"notifications of khatma {khatma}", len(reader.chapters), len(chapters))
    ids = [reader.id for reader, _, _ in pairs]
    logged = ask("practice", EVENTS, "practice.session_logged.v1", ids)
    same("events of sessions", sum(reader.sessions for reader, _, _ in pairs), logged)
    finished = ask("khatma", EVENTS, "khatma.part_completed.v1", ids)
    same("events of chapters", sum(len(reader.chapters) for reader, _, _ in pairs), finished)
    for service in ("auth", "practice", "khatma", "notify"):
        same(
            f"unpublished events of {service}",
            0,
            ask(service, "select count(*) from outbox where published_at is null"),
        )
    return wrong


def main() -> None:
    """Kill as the command line says; end with 1 where something is lost or doubled."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--kills", type=int, default=33)
    options.add_argument("--every", type=float, default=4, help="seconds from kill to kill")
    options.add_argument("--pairs", type=int, default=6)
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    told = options.parse_args()
    url = (HOME / "url").read_text().strip()
    say(f"seed {told.seed}")
    pairs = []
    for _ in range(told.pairs):
        reader, companion = newcomer(url), newcomer(url)
        body = {"name": "Kills", "khatma_type": "group", "target_days": 30, "is_public": True}
        khatma = reader.send("POST", "/api/khatmas/", body)["id"]
        companion.send("POST", f"/api/khatmas/{khatma}/join/")
        pairs.append((reader, companion, khatma))
    until, failed = threading.Event(), list[str]()
    writers = [
        threading.Thread(target=write_on, args=(reader, khatma, until, failed))
        for reader, _, khatma in pairs
    ]
    for writer in writers:
        writer.start()
    killed = kill_in_turn(told.kills, told.every, random.Random(told.seed))
    until.set()
    for writer in writers:
        writer.join()
    written = sum(reader.sessions + len(reader.chapters) for reader, _, _ in pairs)
    say(f"{sum(killed.values())} kills: {dict(killed)}; {written} writes answered")
    give_up = time.monotonic() + SETTLE_SECONDS
    while (wrong := compared(pairs)) and time.monotonic() < give_up:
        time.sleep(1)
    for line in [*failed, *wrong]:
        say(f"✗ {line}")
    say("something is WRONG" if failed or wrong else "nothing was lost, nothing doubled")
    sys.exit(bool(failed or wrong))


def say(line: str) -> None:
    """Print `line` at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
