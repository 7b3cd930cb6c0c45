"""One row of one system under one load: what it did, and what each request cost."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from sakina_bench import wrk
from sakina_bench.rows import Cast, Row
from sakina_bench.running import Running
from sakina_bench.tree import HASHES
from sakina_bench.wrk import Load

MOST_CHAPTERS = 1000
"""A second: how many chapters are made ready, more than any machine of ours finishes."""


@dataclass(frozen=True)
class Cost:
    """A load, and milliseconds of CPU for each request by kind of process, with the events that it
    caused.
    """

    load: Load
    cpu: Counter[str]

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU for a request, over all processes."""
        return float(sum(self.cpu.values()))

    @property
    def cpu_ms_without_hash(self) -> float:
        """The same without what hashed passwords."""
        return self.cpu_ms - self.cpu[HASHES]


@dataclass(frozen=True)
class Subject:
    """A running system with its people.

    Attributes:
        system: The system.
        cast: Its people.
        idle: What it takes when it does nothing, in seconds of CPU a second.
    """

    system: Running
    cast: Cast
    idle: Counter[str]

    @classmethod
    def of(cls, system: Running) -> Self:
        """Return `system` with new people in it."""
        return cls(system, Cast(system.url), system.idle())

    def row(self, name: str) -> Row:
        """Return the row called `name`."""
        return next(row for row in self.cast.rows() if row.name == name)


def measure(subject: Subject, name: str, seconds: float, connections: int) -> Cost:
    """Load `subject` with a row and return what it cost."""
    row = subject.row(name)
    asks = row.asks(round(seconds * MOST_CHAPTERS))
    tokens = [asker.authorization for asker in row.askers]
    return cost(subject, lambda: wrk.press(subject.system.url, asks, tokens, seconds, connections))


def cost(subject: Subject, press: Callable[[], Load], *, paced: bool = False) -> Cost:
    """Return what a load cost that `press` puts on `subject`.

    Args:
        subject: What is measured.
        press: Puts the load on it, and returns once what is waited for has come.
        paced: Whether the load leaves the system time: then what it takes by itself is taken off
            for as long as the load lasts, too.
    """
    tree = subject.system.tree
    subject.system.rest()
    before, began = tree.seconds(), time.monotonic()
    load = press()
    # What it caused is part of what it cost, and waiting for that is not.
    answered = time.monotonic()
    subject.system.rest()
    waited = time.monotonic() - (began if paced else answered)
    used = tree.seconds()
    used.subtract(before)
    each = {
        kind: max(0.0, 1000 * (spent - waited * subject.idle[kind]) / max(1, load.requests))
        for kind, spent in used.items()
    }
    return Cost(load, Counter(each))
