"""The time for which the broker is away: what is said of it, and how long to wait."""

import logging
import random
import time

from sakina_events.links import Lost

log = logging.getLogger(__name__)

_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Absence:
    """Waits between connections, and tells the log when the broker goes and when it is back."""

    def __init__(self) -> None:
        self._failures = 0
        self._said: str | None = None

    def wait(self, loss: Lost) -> None:
        """Rest before the next connection, a while that grows with the failures in a row.

        A reason is told once, however many connections fail for it.
        """
        reason = str(loss)
        if reason != self._said:
            log.warning("the broker is away: %s", reason)
            self._said = reason
        longest = _PAUSES[min(self._failures, len(_PAUSES) - 1)]
        self._failures += 1
        time.sleep(longest * random.uniform(0.5, 1.0))  # noqa: S311

    def over(self) -> None:
        """The broker is there. It is told as loudly as its going was."""
        if self._said is not None:
            log.warning("the broker is back")
        self._failures, self._said = 0, None
