"""How a session's change moves the totals."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from practice.domain.windows import Window, windows

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Facts:
    """What a session counts for: minutes, in the windows that hold its date."""

    meditation_type: str
    duration: int
    date: date


@dataclass(frozen=True)
class Amount:
    """Minutes and sessions, of a total or of what is added to one."""

    minutes: int = 0
    sessions: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.minutes + other.minutes, self.sessions + other.sessions)

    def __neg__(self) -> "Amount":
        return Amount(-self.minutes, -self.sessions)


@dataclass(frozen=True)
class Moves:
    """What one change adds to a person's totals; what it leaves alone is not in it."""

    windows: dict[Window, Amount]
    types: dict[str, Amount]


def moves(before: Facts | None, after: Facts | None) -> Moves:
    """Return how the totals move when a session that counted for `before` counts for `after`.

    None stands for a session that is not there: before it is logged, after it is deleted.
    """
    counted = []
    if before:
        counted.append((before, -_amount(before)))
    if after:
        counted.append((after, _amount(after)))
    return Moves(
        _net((window, amount) for facts, amount in counted for window in windows(facts.date)),
        _net((facts.meditation_type, amount) for facts, amount in counted),
    )


def average(total: Amount) -> float:
    """Return minutes per session to one decimal, 0 without a session."""
    return round(total.minutes / total.sessions, 1) if total.sessions else 0.0


def _amount(facts: Facts) -> Amount:
    return Amount(facts.duration, 1)


def _net(amounts: Iterable[tuple[Key, Amount]]) -> dict[Key, Amount]:
    sums: dict[Key, Amount] = {}
    for key, amount in amounts:
        sums[key] = sums.get(key, Amount()) + amount
    return {key: amount for key, amount in sums.items() if amount != Amount()}
