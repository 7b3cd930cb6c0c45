"""An instance that delivers, and the record that it delivers from."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import eventlet
from receivers import Receiver

from chassis.data.database import Database
from contracts.khatma import events as khatma
from notify.outgoing.posting import Poster
from notify.usecases.delivering import Delivering

URL = "http://127.0.0.1:8000/hooks"
"""Where a webhook leads to which nothing is sent."""
WAITS = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
"""Seconds between one try and the next, before what is added at random."""
PAST = [timedelta(seconds=wait * 1.1 + 1) for wait in WAITS]
"""After which the next try is due, whatever was added."""


class Sender:
    """An instance that delivers."""

    def __init__(self, db: Database, seconds: float = 10) -> None:
        self._db = db
        self._work = Delivering(Poster(loopback=True, seconds=seconds))

    def is_due(self) -> bool:
        """Tell whether something may be taken."""
        return self._work.is_due(self._db.reader)

    def look(self) -> bool:
        """Look whether an instance is missing, as each does now and then; tell whether one is."""
        missing = self._work.is_missing(self._db.reader)
        if missing:
            self._db.transact(self._work.take_over)
        return missing

    def take(self, most: int = 100) -> list[Any]:
        """Take what is due."""
        return list(self._db.transact(lambda tx: self._work.take(tx, most)))

    def settle(self, taken: list[Any]) -> list[Any]:
        """Try what was taken, all at a time, and settle it."""
        pile = eventlet.GreenPile(100)
        for each in taken:
            pile.spawn(self._work.carry_out, each)
        settled = list(pile)
        if settled:
            self._db.transact(lambda tx: self._work.settle(tx, settled))
        return settled

    def send(self, *, rounds: int = 100) -> int:
        """Send until nothing is due; return how many tries that took."""
        tries = 0
        for _ in range(rounds):
            taken = self.take()
            if not taken:
                break
            tries += len(self.settle(taken))
        return tries


class Record:
    """The record of activity, and what is put into it."""

    def __init__(self, recorder: Any, happened: Callable[..., Any]) -> None:
        self._recorder = recorder
        self._happened = happened
        self._sequences = itertools.count(1)

    def add(self, *events: Any) -> None:
        """Record events, one after the other."""
        self._recorder.take(*events)

    def of(self, kind: Any, group: int, person: int, **said: Any) -> Any:
        """Return an event of a khatma, about what a person did in it."""
        said = {"member": person, "sequence": next(self._sequences), **said}
        return self._happened(kind, group, actor=person, **said)

    def part(self, group: int, person: int) -> Any:
        """Return that a person finished a chapter of a khatma that they alone are in."""
        return self.of(khatma.PART_COMPLETED, group, person, other_members=[])

    def join(self, group: int, person: int) -> None:
        """Let a person be in a khatma."""
        self.add(self.of(khatma.MEMBER_JOINED, group, person))


def ids(endpoint: Receiver) -> list[str]:
    """Return the ids of the events that came, in their order."""
    return [request.headers["webhook-id"] for request in endpoint.requests]
