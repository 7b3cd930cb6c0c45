"""`make up` on a home of its own, and consumers let in by `make consumer`."""

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from sakina_local import marks

ROOT = Path(__file__).parents[2]
READY_SECONDS = 180
PATIENCE_SECONDS = 90


def until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until `condition` is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


class MadeUp:
    """The whole system as a person at a terminal has it."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.screen = home.parent / "screen.txt"
        self.up()

    def up(self) -> None:
        with self.screen.open("ab") as screen:
            self.process = subprocess.Popen(
                self._command("up", "--port", str(self.port)),
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(lambda: self.ready() or self.process.poll() is not None, READY_SECONDS)
        assert self.process.poll() is None, self.screen.read_text()
        until((self.home / "url").exists)

    def down(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        marks.end(self.home)

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def consumer(self, *words: str) -> list[str]:
        """Return the lines of `make consumer`, which must do well."""
        command = self._command("consumer", *words)
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    def kill_broker(self) -> None:
        """End the broker at once, as a crash would; the supervisor starts it again."""
        (node,) = [pid for pid in marks.marked(self.home) if _is_broker(pid)]
        os.kill(node, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{node}").exists())

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "sakina_local", "--home", str(self.home), *words]


def _is_broker(pid: int) -> bool:
    try:
        return "beam.smp" in Path(f"/proc/{pid}/cmdline").read_text().split("\0")[0]
    except OSError:
        return False


class Reader:
    """Somebody with an account, who already had it where `email` says so.

    While Sakina is away they ask again, as one act.

    Attributes:
        caused: What their sessions and chapters are to be told as: type of event, subject, and the
            id of the session or the number of the chapter.
    """

    def __init__(
        self, system: MadeUp, name: str, email: str = "", password: str = "A-quiet-place-7"
    ) -> None:
        self.http = httpx.Client(base_url=system.url, timeout=30)
        account = {"email": email or f"{name}@example.com", "password": password}
        if not email:
            self.act("/api/signup/", {"fullname": name, **account})
        self.access = str(self.act("/api/login/", account, 200)["access"])
        self.http.headers["Authorization"] = f"Bearer {self.access}"
        self.id = str(self.http.get("/api/user/me/").json()["id"])
        self.minutes = 0
        self.sessions = 0
        self.caused: set[tuple[str, str, int]] = set()

    def meditate(self, minutes: int) -> None:
        """Log a session."""
        body = {"meditation_type": "mindfulness", "duration": minutes}
        session = self.act("/api/meditations/sessions/", body)["id"]
        self.caused.add(("practice.session_logged.v1", f"person/{self.id}", session))
        self.minutes += minutes
        self.sessions += 1

    def begin_khatma(self, name: str, **fields: Any) -> int:
        """Begin a khatma and return its id."""
        body = {"name": name, "khatma_type": "group", "target_days": 30, **fields}
        return int(self.act("/api/khatmas/", body)["id"])

    def finish(self, khatma: int, chapter: int) -> None:
        """Report a chapter as read."""
        body = {"chapter_assigned": chapter, "is_completed": True}
        self.act(f"/api/khatmas/{khatma}/sessions/", body)
        self.caused.add(("khatma.part_completed.v1", f"khatma/{khatma}", chapter))

    def act(self, path: str, body: Any = None, status: int = 201, method: str = "POST") -> Any:
        """Ask until there is an answer, which must have `status`; return what it says."""
        answers: list[httpx.Response] = []
        key = {"Idempotency-Key": secrets.token_hex(16)} if method == "POST" else {}

        def asked() -> bool:
            answers.append(self.http.request(method, path, json=body, headers=key))
            return answers[-1].status_code not in (409, 503, 504)

        until(asked)
        assert answers[-1].status_code == status, answers[-1].text
        return answers[-1].json() if answers[-1].content else None


class Example:
    """A process of one of the examples."""

    def __init__(self, folder: Path, program: str, *words: str) -> None:
        self._folder = folder
        self._command = [sys.executable, str(ROOT / "examples" / program), *words]
        self.output = folder / f"{re.sub(r'[^a-z]', '', program)}-{time.monotonic_ns()}.txt"
        self.start()

    def start(self) -> None:
        with self.output.open("ab") as output, (self._folder / "errors.txt").open("ab") as errors:
            self.process = subprocess.Popen(
                self._command, stdout=output, stderr=errors, start_new_session=True
            )

    def kill(self) -> None:
        """End it as kill -9 does."""
        self.process.kill()
        self.process.wait()

    def lines(self) -> list[str]:
        return self.output.read_text().splitlines()
