"""People who use every service without end, and try again with the same key."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

import httpx
from stack import PATIENCE_SECONDS

SESSIONS = "/api/meditations/sessions/"
KHATMAS = "/api/khatmas/"
PARTS = "/api/sessions/"
TRIES = 150
PAUSE_SECONDS = 0.5
THINKING_SECONDS = 0.03


@dataclass
class Reader:
    """Somebody with an account, logged in."""

    url: str
    access: str
    refresh: str
    account: dict[str, str]
    timeout: float = 20.0

    @classmethod
    def signed_up(cls, url: str) -> "Reader":
        name = f"reader-{secrets.token_hex(5)}"
        account = {"username": name, "email": f"{name}@example.org", "password": "A-quiet-place-7"}
        with httpx.Client(base_url=url, timeout=20) as http:
            made = _let_in(http, "/api/accounts/register/", account)
            assert made.status_code == 201, made.text
            entered = _let_in(http, "/api/accounts/login/", account)
            assert entered.status_code == 200, entered.text
        tokens = entered.json()
        return cls(url, tokens["access"], tokens["refresh"], account)

    @property
    def name(self) -> str:
        return self.account["username"]

    def client(self) -> httpx.Client:
        """Return a client that makes a new connection for each request, as many clients would."""
        return httpx.Client(
            base_url=self.url,
            timeout=self.timeout,
            headers={"Authorization": f"Bearer {self.access}"},
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def renew(self, http: httpx.Client) -> None:
        """Have a new access token; where there is none, nothing changes."""
        answer = http.post("/api/refresh/", json={"refresh": self.refresh})
        if answer.status_code == 200:
            self.access = answer.json()["access"]
            http.headers["Authorization"] = f"Bearer {self.access}"

    def log_session(self, http: httpx.Client, key: str, minutes: int) -> httpx.Response:
        body = {"meditation_type": "mantra", "duration": minutes}
        return http.post(SESSIONS, json=body, headers={"Idempotency-Key": key})

    def begin_khatma(self, http: httpx.Client, key: str) -> httpx.Response:
        body = {"name": key, "khatma_type": "group", "target_days": 30}
        return http.post(KHATMAS, json=body, headers={"Idempotency-Key": key})

    def finish_part(self, http: httpx.Client, key: str, khatma: int) -> httpx.Response:
        """Finish the first part, which falls to who began the khatma."""
        body = {"chapter_assigned": 1, "is_completed": True}
        return http.post(
            f"{KHATMAS}{khatma}/sessions/", json=body, headers={"Idempotency-Key": key}
        )

    def parts(self) -> set[int]:
        """Return the id of every reading, from the newest on."""
        found: list[int] = []
        with self.client() as http:
            while True:
                answer = http.get(PARTS, params={"after": found[-1]} if found else None)
                assert answer.status_code == 200, answer.text
                if not (more := [one["id"] for one in answer.json()]):
                    return set(found)
                found += more

    def sessions(self) -> set[int]:
        """Return the id of every session."""
        found: set[int] = set()
        with self.client() as http:
            page = 1
            while True:
                answer = http.get(SESSIONS, params={"page": page, "page_size": 100})
                assert answer.status_code == 200, answer.text
                found |= {one["id"] for one in answer.json()["results"]}
                if answer.json()["next"] is None:
                    return found
                page += 1

    def khatmas(self) -> int:
        """Return how many there are: more than a list of them shows."""
        with self.client() as http:
            answer = http.get("/api/dashboard/")
        assert answer.status_code == 200, answer.text
        return int(answer.json()["total_khatmas"])


def _let_in(http: httpx.Client, path: str, account: dict[str, str]) -> httpx.Response:
    """Ask, and again whenever auth says that too many passwords wait, as on a busy machine."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (answer := http.post(path, json=account)).status_code == 503:
        assert time.monotonic() < deadline, answer.text
        time.sleep(int(answer.headers["Retry-After"]))
    return answer


@dataclass
class Load:
    """What some workers did.

    Attributes:
        visitor: Somebody else, who logs in: of the sessions of one person the oldest end.
        tries: How often a request is made before it counts as not cured.
        thinking: Seconds that each of them rests between two acts.
        made: By path and key, the id of what each write was answered with.
        first: How the first try of each request ended, counted.
        odd: What was neither done nor put off (503 with Retry-After), of all tries, counted.
        uncured: What no retry cured.
        moments: When each write was answered, by a clock that only goes forward.
    """

    reader: Reader
    visitor: Reader
    workers: int = 4
    tries: int = TRIES
    thinking: float = THINKING_SECONDS
    made: dict[tuple[str, str], int] = field(default_factory=dict)
    first: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)
    uncured: list[str] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def answered(self) -> int:
        return len(self.made)

    def more(self, count: int, seconds: float = 150) -> None:
        """Wait until that many more writes were answered."""
        goal, deadline = self.answered() + count, time.monotonic() + seconds
        while self.answered() < goal:
            assert time.monotonic() < deadline, f"no answers; so far {self.first} {self.uncured}"
            time.sleep(0.05)

    def silence(self) -> float:
        """Return the longest time, in seconds, in which nobody's write was answered."""
        return max((after - before for before, after in pairwise(sorted(self.moments))), default=0)

    def _work(self, number: int) -> None:
        turn, reader, khatma = 0, self.reader, None
        with reader.client() as http:
            while not self._stop.wait(self.thinking):
                turn += 1
                key = f"{reader.name}-{number}-{turn}"
                self._write(
                    http, SESSIONS, key, partial(reader.log_session, http, key, turn % 60 + 1)
                )
                self._insist(http, "read", partial(http.get, "/api/meditations/stats/"))
                if turn % 3 == 0:
                    khatma = self._write(
                        http, KHATMAS, key, partial(reader.begin_khatma, http, key)
                    )
                if turn % 3 == 1:
                    self._insist(http, "read", partial(http.get, "/api/notifications/"))
                if turn % 3 == 2 and khatma:
                    self._write(http, PARTS, key, partial(reader.finish_part, http, key, khatma))
                if turn % 12 == 2:
                    self._visit(http)

    def _visit(self, http: httpx.Client) -> None:
        account = self.visitor.account
        entered = self._insist(http, "login", partial(http.post, "/api/login/", json=account))
        if entered is not None:
            refresh = {"refresh": entered["refresh"]}
            self._insist(http, "refresh", partial(http.post, "/api/refresh/", json=refresh))

    def _write(
        self, http: httpx.Client, path: str, key: str, ask: Callable[[], httpx.Response]
    ) -> int | None:
        answer = self._insist(http, "write", ask)
        if answer is None:
            return None
        self.made[path, key] = number = int(answer["id"])
        self.moments.append(time.monotonic())
        return number

    def _insist(
        self, http: httpx.Client, what: str, ask: Callable[[], httpx.Response]
    ) -> dict[str, Any] | None:
        said = ""
        for attempt in range(self.tries):
            pause = PAUSE_SECONDS
            try:
                answer = ask()
            except httpx.TransportError as error:
                said = type(error).__name__
                self.odd[f"{what} {said}"] += 1
            else:
                said = str(answer.status_code)
                done = answer.status_code in (200, 201)
                put_off = answer.status_code == 503 and "Retry-After" in answer.headers
                # It means it: until a slow hash is half forgotten, the next is refused.
                if what == "login" and put_off:
                    pause = float(answer.headers["Retry-After"])
                if answer.status_code == 401:
                    self.reader.renew(http)
                if not done and not put_off:
                    self.odd[f"{what} {said} {answer.text[:200]}"] += 1
                if done:
                    if attempt == 0:
                        self.first[f"{what} {said}"] += 1
                    found: dict[str, Any] = answer.json()
                    return found
            if attempt == 0:
                self.first[f"{what} {said}"] += 1
            time.sleep(pause)
        self.uncured.append(f"{what} {said}")
        return None

    def assert_whole(self) -> None:
        """Every answered write is there, once, and nothing else is."""
        assert not self.uncured, self.uncured
        for path, there in ((SESSIONS, self.reader.sessions()), (PARTS, self.reader.parts())):
            answered = self._ids(path)
            lost, twice = len(answered - there), len(there - answered)
            assert there == answered, f"{path}: lost {lost}, twice {twice}"
        assert self.reader.khatmas() == len(self._ids(KHATMAS))

    def _ids(self, path: str) -> set[int]:
        answers = [number for (where, _), number in self.made.items() if where == path]
        assert len(set(answers)) == len(answers), f"{path}: two keys were answered with one thing"
        return set(answers)


@contextmanager
def load(
    reader: Reader, workers: int = 4, tries: int = TRIES, thinking: float = THINKING_SECONDS
) -> Iterator[Load]:
    """Keep people busy for the length of the block; their last requests are waited for."""
    made = Load(reader, Reader.signed_up(reader.url), workers, tries, thinking)
    threads = [threading.Thread(target=made._work, args=[n], daemon=True) for n in range(workers)]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        made._stop.set()
        for thread in threads:
            thread.join(120)
