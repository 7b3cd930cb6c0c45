"""`make up` on a home of its own, and consumers let in by `make consumer`."""

import os
import re
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
    """Somebody with an account."""

    def __init__(self, system: MadeUp, name: str) -> None:
        self.http = httpx.Client(base_url=system.url, timeout=30)
        account = {"email": f"{name}@example.com", "password": "A-quiet-place-7"}
        self._keep_asking("/api/signup/", {"fullname": name, **account}, 201)
        said = self._keep_asking("/api/login/", account, 200)
        self.http.headers["Authorization"] = f"Bearer {said['access']}"
        self.id = str(self.http.get("/api/user/me/").json()["id"])
        self.minutes = 0
        self.sessions = 0

    def meditate(self, minutes: int) -> None:
        """Log a session; while Sakina is away, ask again with the same key."""
        body = {"meditation_type": "mindfulness", "duration": minutes}
        key = f"{self.id}-{self.sessions}-session"
        self._keep_asking("/api/meditations/sessions/", body, 201, key)
        self.minutes += minutes
        self.sessions += 1

    def begin_khatma(self, name: str) -> None:
        body = {"name": name, "khatma_type": "group", "target_days": 30}
        self._keep_asking("/api/khatmas/", body, 201, f"{self.id}-{name}")

    def _keep_asking(self, path: str, body: Any, status: int, key: str = "") -> Any:
        answers: list[httpx.Response] = []

        def asked() -> bool:
            headers = {"Idempotency-Key": key} if key else {}
            answers.append(self.http.post(path, json=body, headers=headers))
            return answers[-1].status_code not in (409, 503, 504)

        until(asked)
        assert answers[-1].status_code == status, answers[-1].text
        return answers[-1].json()


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
