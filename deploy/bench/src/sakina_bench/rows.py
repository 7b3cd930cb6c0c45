"""The kinds of request that are measured, on a system with people and khatmas of our own."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sakina_bench.person import PASSWORD, Person

SESSION = {"meditation_type": "gratitude", "duration": 25, "notes": "Morning calm session"}
KHATMA = {"name": "Ramadan", "khatma_type": "group", "target_days": 30, "is_public": True}
PRIVATE = KHATMA | {"khatma_type": "private", "is_public": False}
CHAPTERS = 30
ASKERS = 8
LOGGING_IN = 32
"""People who log in in turn: beyond a hundred sessions of one person a login ends the oldest, and
is another kind of request."""
LEADERBOARD = "/api/meditations/leaderboard/"
NAMES = (
    *("sessions list", "new session", "login", "khatma list", "khatma detail", "khatma stats"),
    *("dashboard", "user stats", "chapter session", "new khatma", "leaderboard", "own rank"),
    *("meditation stats", "public khatmas", "khatma members", "readings list", "achievements"),
    *("notifications", "own profile"),
)
"""Of the rows; the first ten are those that the monoliths had too."""

Ask = tuple[str, dict[str, Any] | None]
"""Path and body; without a body it is a GET."""


@dataclass(frozen=True)
class Row:
    """One kind of request.

    Attributes:
        name: What the table calls it.
        askers: They take turns.
        asks: Given how many requests there may be, what is asked in turn; the askers take turns
            beside it.
    """

    name: str
    askers: Sequence[Person]
    asks: Callable[[int], Sequence[Ask]]


class Cast:
    """Eight people who write, one who reads, and their khatmas in one system; the rows they ask.

    Who reads writes nothing more: their lists are as long in the last turn as in the first.

    Args:
        url: The gateway's address.
    """

    def __init__(self, url: str) -> None:
        with ThreadPoolExecutor(2) as pool:
            self.people = list(pool.map(lambda _: Person(url), range(ASKERS)))
            more = range(LOGGING_IN - ASKERS)
            self.logging_in = [*self.people, *pool.map(lambda _: Person(url), more)]
        self.reader = person = Person(url)
        for _ in range(30):
            person.post("/api/meditations/sessions/", **SESSION)
        self.people[-1].post("/api/meditations/sessions/", **SESSION | {"duration": 1})
        self.mine = [person.post("/api/khatmas/", **KHATMA)["id"] for _ in range(10)]
        for member in self.people[2:6]:
            member.post(f"/api/khatmas/{self.mine[0]}/join/")

    def rows(self) -> list[Row]:
        """Return every row: ten that are compared, then the gateway's further lists."""
        person, mine = self.reader, self.mine[0]
        logins = [
            ("/api/login/", {"email": each.email, "password": PASSWORD}) for each in self.logging_in
        ]
        return [
            self._read("sessions list", "/api/meditations/sessions/"),
            self._write("new session", "/api/meditations/sessions/", SESSION),
            Row("login", [person], lambda _: logins),
            self._read("khatma list", "/api/khatmas/?filter=my_khatmas"),
            self._read("khatma detail", f"/api/khatmas/{mine}/"),
            self._read("khatma stats", f"/api/stats/khatma/{mine}/"),
            self._read("dashboard", "/api/dashboard/"),
            self._read("user stats", "/api/stats/user/"),
            Row("chapter session", self.people, self._chapters),
            self._write("new khatma", "/api/khatmas/", KHATMA),
            self._read("leaderboard", LEADERBOARD),
            Row("own rank", [self.people[-1]], lambda _: [(LEADERBOARD, None)]),
            self._read("meditation stats", "/api/meditations/stats/"),
            self._read("public khatmas", "/api/khatmas/?filter=public"),
            self._read("khatma members", f"/api/khatmas/{mine}/members/"),
            self._read("readings list", "/api/sessions/"),
            self._read("achievements", "/api/achievements/"),
            self._read("notifications", "/api/notifications/"),
            self._read("own profile", "/api/user/me/"),
        ]

    def _read(self, name: str, path: str) -> Row:
        return Row(name, [self.reader], lambda _: [(path, None)])

    def _write(self, name: str, path: str, body: dict[str, Any]) -> Row:
        return Row(name, self.people, lambda _: [(path, body)])

    def _chapters(self, count: int) -> list[Ask]:
        """Return chapters of new private khatmas, each to be finished once by its owner."""
        each = math.ceil(count / CHAPTERS / len(self.people))

        def begin(reader: Person) -> list[int]:
            return [reader.post("/api/khatmas/", **PRIVATE)["id"] for _ in range(each)]

        with ThreadPoolExecutor(len(self.people)) as pool:
            begun = list(pool.map(begin, self.people))
        # In the order in which the askers take turns, chapter by chapter.
        return [
            (f"/api/khatmas/{key}/sessions/", {"chapter_assigned": chapter, "is_completed": True})
            for chapter in range(1, CHAPTERS + 1)
            for round_of_keys in zip(*begun, strict=True)
            for key in round_of_keys
        ]
