"""People who log meditation sessions without end, and try again with the same key."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

SESSIONS = "/api/meditations/sessions/"
TRIES = 150
PAUSE_SECONDS = 0.5


@dataclass
class Reader:
    """Somebody with an account, logged in."""

    url: str
    access: str
    name: str
    timeout: float = 20.0

    @classmethod
    def signed_up(cls, url: str) -> "Reader":
        name = f"reader-{secrets.token_hex(5)}"
        account = {"username": name, "email": f"{name}@example.org", "password": "A-quiet-place-7"}
        with httpx.Client(base_url=url, timeout=20) as http:
            made = http.post("/api/accounts/register/", json=account)
            assert made.status_code == 201, made.text
            entered = http.post("/api/accounts/login/", json=account)
            assert entered.status_code == 200, entered.text
        return cls(url, entered.json()["access"], name)

    def client(self) -> httpx.Client:
        """Return a client that makes a new connection for each request, as many clients would."""
        return httpx.Client(
            base_url=self.url,
            timeout=self.timeout,
            headers={"Authorization": f"Bearer {self.access}"},
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def log_session(self, http: httpx.Client, key: str, minutes: int) -> httpx.Response:
        body = {"meditation_type": "mantra", "duration": minutes}
        return http.post(SESSIONS, json=body, headers={"Idempotency-Key": key})

    def sessions(self) -> dict[int, int]:
        """Return every session by its id with its minutes, as the server has them."""
        found: dict[int, int] = {}
        with self.client() as http:
            page = 1
            while True:
                answer = http.get(SESSIONS, params={"page": page, "page_size": 100})
                assert answer.status_code == 200, answer.text
                found |= {one["id"]: one["duration"] for one in answer.json()["results"]}
                if answer.json()["next"] is None:
                    return found
                page += 1


@dataclass
class Load:
    """What some workers did.

    Attributes:
        made: The id of the session that each key was answered with.
        first: How the first try of each key ended, counted.
        uncured: What no retry cured.
    """

    reader: Reader
    workers: int = 4
    made: dict[str, int] = field(default_factory=dict)
    first: Counter[str] = field(default_factory=Counter)
    uncured: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def answered(self) -> int:
        return len(self.made)

    def more(self, count: int, seconds: float = 150) -> None:
        """Wait until that many more keys were answered."""
        goal, deadline = self.answered() + count, time.monotonic() + seconds
        while self.answered() < goal:
            assert time.monotonic() < deadline, f"no answers; so far {self.first} {self.uncured}"
            time.sleep(0.05)

    def _work(self, number: int) -> None:
        turn = 0
        with self.reader.client() as http:
            while not self._stop.is_set():
                turn += 1
                key, minutes = f"{self.reader.name}-{number}-{turn}", turn % 60 + 1
                answer = self._insist("write", partial(self.reader.log_session, http, key, minutes))
                if answer is not None:
                    self.made[key] = answer["id"]
                self._insist("read", partial(http.get, "/api/meditations/stats/"))

    def _insist(self, what: str, ask: Callable[[], httpx.Response]) -> dict[str, Any] | None:
        said = ""
        for attempt in range(TRIES):
            try:
                answer = ask()
            except httpx.TransportError as error:
                said = type(error).__name__
            else:
                said = str(answer.status_code)
                if answer.status_code in (200, 201):
                    if attempt == 0:
                        self.first[f"{what} {said}"] += 1
                    found: dict[str, Any] = answer.json()
                    return found
            if attempt == 0:
                self.first[f"{what} {said}"] += 1
            time.sleep(PAUSE_SECONDS)
        self.uncured.append(f"{what} {said}")
        return None

    def assert_whole(self) -> None:
        """Every answered write is there, once, and nothing else is."""
        assert not self.uncured, self.uncured
        there = self.reader.sessions()
        answered = set(self.made.values())
        assert len(answered) == len(self.made), "two keys were answered with one session"
        assert set(there) == answered, (
            f"lost {len(answered - set(there))}, twice {len(set(there) - answered)}"
        )


@contextmanager
def load(reader: Reader, workers: int = 4) -> Iterator[Load]:
    """Keep people busy for the length of the block; their last requests are waited for."""
    made = Load(reader, workers)
    threads = [threading.Thread(target=made._work, args=[n], daemon=True) for n in range(workers)]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        made._stop.set()
        for thread in threads:
            thread.join(120)
