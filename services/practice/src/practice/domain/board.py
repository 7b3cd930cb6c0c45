"""Who leads the all-time board."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """A person and their minutes of all time."""

    person: int
    minutes: int


def leader(holder: Standing | None, first: Standing | None) -> Standing | None:
    """Return who leads now, given who led until now and the first row of the board.

    More minutes take the lead; as many do not. A `holder` without minutes is None.
    """
    if holder and first and holder.minutes >= first.minutes:
        return holder
    return first
