"""How many slow calls one service is asked at once, and when those are to come back who are more.

Both follow what the service shows. A call that it refuses costs it, the broker and this process
nearly as much as one without its hash, so what it has no room for is better refused here.
"""

import random
import time
from collections.abc import Callable

# Every second one more is tried, until the service refuses one again.
GROWTH = 1.0
# What one answer counts for in the mean of how long they take.
_WEIGHT = 0.1
_FIRST_SECONDS = 0.1
LATEST_SECONDS = 5


class AdaptiveLimit:
    """The slow calls of this process to one service.

    Args:
        most: How many may be under way at most.
        clock: Tells monotonic seconds.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._under_way = 0
        self._room, self._since = float(most), clock()
        self._seconds = _FIRST_SECONDS
        self._promised = 0.0

    @property
    def has_room(self) -> bool:
        """Whether one more may be asked."""
        grown = self._room + GROWTH * (self._clock() - self._since)
        return self._under_way < min(self._most, grown // 1)

    def begin(self) -> float:
        """Count a call; return when it began, for its end."""
        self._under_way += 1
        return self._clock()

    def end(self, began: float, *, answered: bool) -> None:
        """Count it no more, and where it was answered, learn how long that takes."""
        self._under_way -= 1
        if answered:
            self._seconds += _WEIGHT * (self._clock() - began - self._seconds)

    def refused_there(self, began: float) -> None:
        """Learn that the service refused a call: it takes one less than are under way.

        One that began before the last such lesson teaches nothing new: what has become of many at
        once, as when a service is started again, is one lesson.
        """
        if began >= self._since:
            self._room, self._since = float(max(1, self._under_way - 1)), self._clock()

    def retry_after(self) -> int:
        """Return in how many seconds one who is refused now finds room, after those before them.

        One place after another becomes free, as fast as calls are answered of late, and each is
        promised to one of those who were refused. So they do not come back together, and none
        comes more often than there is a place for.
        """
        now = self._clock()
        pace = self._seconds / max(1, self._under_way)
        self._promised = max(self._promised, now) + pace
        wait = self._promised - now
        if wait <= LATEST_SECONDS:
            return max(1, round(wait))
        # More than that are not waited for by anybody: they share what is left of the time.
        self._promised = now + LATEST_SECONDS
        return random.randint(LATEST_SECONDS // 2, LATEST_SECONDS)  # noqa: S311 - no secret
