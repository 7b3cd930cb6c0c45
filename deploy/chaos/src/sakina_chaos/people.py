"""People who log sessions and read chapters, each by one act at a time, until it is answered."""

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from sakina_chaos.record import Record

PASSWORD = "A-quiet-place-7"  # noqa: S105 - of people who live for minutes
CHAPTERS = 14
"""Of each khatma: fewer than one person may make notifications for another in an hour."""
FIRST_OPEN = 3
"""The first chapter falls to who began it, the second to who joined."""
PAUSE_SECONDS = 0.12
CHAPTER_EVERY = 6
HANGS_UP = 0.05
"""The share of requests that are given up right after they were sent."""
HUNG_UP_SECONDS = (0.001, 0.002, 0.004, 0.008, 0.016)
"""One of these: while it is at work, however fast the machine is."""
TIMEOUT_SECONDS = 20.0
PATIENCE_SECONDS = 150.0
AGAIN = {409, 503, 504}


@dataclass
class Person:
    """Somebody with an account, logged in."""

    url: str
    name: str
    id: int = 0
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=TIMEOUT_SECONDS)
        account = {"email": f"{self.name}@example.com", "password": PASSWORD}
        self.id = int(self.must("POST", "/api/signup/", {**account, "fullname": "Reader"})["id"])
        access = self.must("POST", "/api/login/", account)["access"]
        self.http.headers["Authorization"] = f"Bearer {access}"

    @property
    def bearer(self) -> dict[str, str]:
        """The header that says who it is."""
        return {"Authorization": self.http.headers["Authorization"]}

    def must(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Ask while nothing is broken, as often as it takes, and return what is answered."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            answer = self.http.request(method, path, json=body, params=query)
            if answer.status_code not in AGAIN or time.monotonic() > deadline:
                answer.raise_for_status()
                return answer.json()
            time.sleep(float(answer.headers.get("Retry-After", 1)))


@dataclass
class Khatma:
    """A khatma of two: who reads its chapters, and who is told."""

    id: int
    reader: Person
    chapters: list[int]


class Writer:
    """A person who writes all the time, with those who read along.

    Args:
        person: Who it is.
        companions: One for each khatma that they read.
        record: Told of every try.
        seed: Of what they do when.
    """

    def __init__(self, person: Person, companions: list[Person], record: Record, seed: int) -> None:
        self.person = person
        self.khatmas = [self._begin(each) for each in companions]
        self._open = list(self.khatmas)
        self._record = record
        self._rng = random.Random(seed)  # noqa: S311
        self._number = 0
        self._until = threading.Event()
        self._thread = threading.Thread(target=self._write_on, daemon=True)
        self.gave_up = 0

    def _begin(self, companion: Person) -> Khatma:
        body = {"name": "Chaos", "khatma_type": "group", "target_days": 30, "is_public": True}
        khatma = int(self.person.must("POST", "/api/khatmas/", body)["id"])
        companion.must("POST", f"/api/khatmas/{khatma}/join/")
        return Khatma(khatma, companion, list(range(FIRST_OPEN, FIRST_OPEN + CHAPTERS)))

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more."""
        self._until.set()

    def is_done(self) -> bool:
        """Return whether all that was begun is answered, or was given up."""
        return not self._thread.is_alive()

    def _write_on(self) -> None:
        while not self._until.wait(PAUSE_SECONDS * self._rng.uniform(0.5, 1.5)):
            self._number += 1
            if self._number % CHAPTER_EVERY == 0 and self._open:
                self._read_a_chapter(self._open[0])
            else:
                self._log_a_session()

    def _log_a_session(self) -> None:
        key = self._key()
        self._record.note("asked", key=key, who=self.person.id, act="session")
        body = {"meditation_type": "mantra", "duration": 1, "notes": key}
        self._ask(key, "/api/meditations/sessions/", body)

    def _read_a_chapter(self, khatma: Khatma) -> None:
        key, chapter = self._key(), khatma.chapters.pop(0)
        if not khatma.chapters:
            self._open.remove(khatma)
        self._record.note(
            "asked",
            key=key,
            who=self.person.id,
            act="chapter",
            khatma=khatma.id,
            chapter=chapter,
            reader=khatma.reader.id,
        )
        body = {"chapter_assigned": chapter, "is_completed": True}
        self._ask(key, f"/api/khatmas/{khatma.id}/sessions/", body)

    def _key(self) -> str:
        return f"{self.person.id}-{self._number}"

    def _ask(self, key: str, path: str, body: Any) -> None:
        """Ask by one key until there is an answer that is one."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            hangs_up = self._rng.random() < HANGS_UP
            timeout = self._rng.choice(HUNG_UP_SECONDS) if hangs_up else TIMEOUT_SECONDS
            begun = self._record.now()
            try:
                answer = self.person.http.post(
                    path, json=body, headers={"Idempotency-Key": key}, timeout=timeout
                )
            except httpx.TransportError as error:
                seconds = round(self._record.now() - begun, 4)
                why = {"error": type(error).__name__, "hung_up": hangs_up}
                self._record.note("unanswered", key=key, seconds=seconds, **why)
                time.sleep(0.1)
                continue
            self._note(key, answer, begun)
            if answer.status_code not in AGAIN or _is_final(answer):
                return
            time.sleep(min(1.0, float(answer.headers.get("Retry-After", 0.2))))
        self.gave_up += 1

    def _note(self, key: str, answer: httpx.Response, begun: float) -> None:
        said = {} if answer.is_success else {"said": answer.text[:300]}
        self._record.note(
            "answered",
            key=key,
            status=answer.status_code,
            seconds=round(self._record.now() - begun, 4),
            retry="Retry-After" in answer.headers,
            **said,
        )


def _is_final(answer: httpx.Response) -> bool:
    """Whether it says no for good: a conflict that no wait would end."""
    return answer.status_code == 409 and "Retry-After" not in answer.headers
