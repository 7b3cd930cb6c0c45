"""The 30 parts of a khatma, each open, claimed by a member, or done."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

COUNT = 30
NUMBERS = range(1, COUNT + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is not open.

    Attributes:
        number: The juz, 1 to 30.
        member: Who holds or has done it; None when done by someone whose account is gone.
        done: Whether it is done, which is for ever.
    """

    number: int
    member: int | None
    done: bool = False


class Parts:
    """All parts of one khatma; those that are not named are open. Never changes in place."""

    __slots__ = ("_taken",)

    def __init__(self, taken: Iterable[Part] = ()) -> None:
        self._taken = {part.number: part for part in taken}

    def __iter__(self) -> Iterator[Part]:
        return iter(self._taken.values())

    def get(self, number: int) -> Part | None:
        """Return the claimed or done part, or None for an open one."""
        return self._taken.get(number)

    @property
    def open(self) -> list[int]:
        """Numbers of the open parts, lowest first."""
        return [number for number in NUMBERS if number not in self._taken]

    @property
    def claimed(self) -> list[int]:
        """Numbers of the claimed parts."""
        return [part.number for part in self if not part.done]

    @property
    def done(self) -> list[int]:
        """Numbers of the done parts."""
        return [part.number for part in self if part.done]

    def of(self, member: int) -> list[int]:
        """Return the numbers that `member` holds or has done, lowest first."""
        return sorted(part.number for part in self if part.member == member)

    def unfinished_of(self, member: int) -> list[int]:
        """Return the numbers that `member` holds and has not done, lowest first."""
        return sorted(part.number for part in self if part.member == member and not part.done)

    def with_claimed(self, number: int, member: int) -> "Parts":
        """Return these parts with an open one claimed. Raises ValueError where it is not open."""
        if number not in NUMBERS or number in self._taken:
            raise ValueError(f"part {number} is not open")
        return Parts([*self, Part(number, member)])

    def with_done(self, number: int) -> "Parts":
        """Return these parts with a claimed one done. Raises ValueError where it is not claimed."""
        part = self._taken.get(number)
        if part is None or part.done:
            raise ValueError(f"part {number} is not claimed")
        return Parts({**self._taken, number: Part(number, part.member, done=True)}.values())

    def without_claims_of(self, member: int) -> "Parts":
        """Return these parts with what `member` holds and has not done open again."""
        return Parts(part for part in self if part.done or part.member != member)

    def without_name_of(self, member: int) -> "Parts":
        """Return these parts with `member` unnamed: done stays done, the rest is open again."""
        return Parts(
            Part(part.number, None, done=True) if part.member == member else part
            for part in self.without_claims_of(member)
        )
