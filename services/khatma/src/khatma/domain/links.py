"""Links that let people in: how many, and how often somebody may try a code that is none."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

MOST_LINKS = 10
"""Of one member, in one khatma, at once; what is spent or has expired is none of them."""

WINDOW = timedelta(hours=1)
MISSES = 30
INTERVAL = WINDOW / MISSES


@dataclass(frozen=True, slots=True)
class Misses:
    """The wrong codes of one person: 30 at once, then one in two minutes.

    They are kept as one moment, that until which so many, spread evenly, would last (the generic
    cell rate algorithm, ITU-T I.371). A code of 128 bits cannot be guessed; what is spared is the
    work, and the log a crowd of tries.

    Attributes:
        spent_until: That moment; None where there are none.
    """

    spent_until: datetime | None

    def seconds_left(self, now: datetime) -> int:
        """Return in how many seconds there is room for another miss; 0 where there is."""
        if self.spent_until is None:
            return 0
        return max(0, ceil((self.spent_until + INTERVAL - WINDOW - now).total_seconds()))
