"""Streaks: practice days in a row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from person.clock import DAY


@dataclass(frozen=True)
class Run:
    """Consecutive days with a session, both ends included."""

    first: date
    last: date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Streaks:
    """Lengths in days."""

    current: int
    longest: int


def streaks(runs: Iterable[Run], today: date) -> Streaks:
    """Return the streaks of a person with these runs, none of which touch.

    The current streak ends today or yesterday: a today not practised yet does not break it. Days
    after today, left by a change of time zone, do not count for it.
    """
    current = longest = 0
    for run in runs:
        longest = max(longest, len(run))
        if run.first <= today <= run.last + DAY:
            current = len(Run(run.first, min(run.last, today)))
    return Streaks(current, longest)
