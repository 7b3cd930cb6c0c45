"""How often one origin may ask for what costs a hash, whether or not it succeeds."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a minute, after a burst of as many (the generic cell rate algorithm, ITU-T I.371).

    What an origin has used is kept as one moment: that until which its uses so far, spread evenly,
    would last. Each use moves it on by an interval, and none may move it more than the window
    ahead of now.

    Attributes:
        a_minute: How many; 0 means any number.
    """

    a_minute: int

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit at all."""
        return self.a_minute > 0

    @property
    def interval(self) -> timedelta:
        """How long one use lasts."""
        return WINDOW / self.a_minute if self.is_limited else timedelta(0)

    @property
    def retry_after(self) -> int:
        """Whole seconds after which there is room for one more, whenever the last one was used."""
        return ceil(self.interval.total_seconds())


NO_LIMIT = Rate(0)


@dataclass(frozen=True, slots=True)
class Rates:
    """How often one origin may register, and log in."""

    signup: Rate
    login: Rate
