"""Streaks: days in a row with a finished chapter.

Finished chapters make them grow and merge; one that is taken back may shorten or part one. Keeping
them as runs makes reading the current one a single row, however long it is, and still equal to a
replay of all days.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from person.clock import DAY


@dataclass(frozen=True, slots=True)
class Streak:
    """A run of consecutive days, both ends included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def touches(self, day: date) -> bool:
        """Say whether `day` is in it or directly beside it."""
        return self.first - DAY <= day <= self.last + DAY


def extended(day: date, streaks: Iterable[Streak]) -> Streak:
    """Return the streak that `day` makes together with those of `streaks` that it touches."""
    touched = [streak for streak in streaks if streak.touches(day)]
    return Streak(
        min([day, *(streak.first for streak in touched)]),
        max([day, *(streak.last for streak in touched)]),
    )


def without(day: date, streak: Streak) -> list[Streak]:
    """Return what is left of `streak`, which holds `day`, once there is nothing on that day."""
    before, after = Streak(streak.first, day - DAY), Streak(day + DAY, streak.last)
    return [part for part in (before, after) if part.first <= part.last]


def current(streaks: Iterable[Streak], today: date) -> int:
    """Return the length in days of the streak that ends today or yesterday, else 0.

    Someone who travelled west may hold days past their new today; those do not count yet.
    """
    for streak in streaks:
        if streak.first <= today and streak.last >= today - DAY:
            return (min(streak.last, today) - streak.first).days + 1
    return 0
