"""How old events are when they come to somebody who listens."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

PATIENCE_SECONDS = 20.0
_LOGGED = "practice.session_logged.v1"


@dataclass
class Arrivals:
    """New sessions of which somebody was told.

    An event's age is counted from its own time, which is taken in the transaction just before the
    commit: so the commit is part of it.

    Attributes:
        ages: Of each that came, in milliseconds.
        lost: How many of those who listen were cut off.
    """

    ages: list[float] = field(default_factory=list)
    lost: int = 0
    _last: float = 0.0

    def note(self, body: bytes) -> None:
        """Take in a CloudEvent in JSON; what is about no new session is passed over."""
        now = time.time()
        if _LOGGED.encode() not in body:
            return
        told = json.loads(body)
        self.heard(told["type"], datetime.fromisoformat(told["time"]), now)

    def heard(self, kind: str, began: datetime, now: float) -> None:
        """Take in an event of `kind` that bears the time `began`, and came at `now` (POSIX)."""
        if kind == _LOGGED:
            self.ages.append(1000 * (now - began.timestamp()))
            self._last = time.monotonic()

    def wait(self, count: int) -> float:
        """Wait until `count` have come, or too long; return when the last one came (monotonic)."""
        until(lambda: len(self.ages) >= count, PATIENCE_SECONDS)
        return self._last

    def at(self, part: float) -> float:
        """Return the age that such a part of them was below; not a number where none came."""
        ages = sorted(self.ages) or [float("nan")]
        return ages[min(len(ages) - 1, int(len(ages) * part))]


def until(done: Callable[[], object], seconds: float) -> bool:
    """Wait until `done`, at most so long; return whether it came about."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
