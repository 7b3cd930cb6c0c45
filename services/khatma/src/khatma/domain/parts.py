"""The 30 parts of a khatma, each open, claimed by a member, or done."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

COUNT = 30
NUMBERS = range(1, COUNT + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is not open.

    Attributes:
        number: The juz, 1 to 30.
        member: Who holds or has done it; None when done by someone whose account is gone.
        done_at: When it was done; None for one that is claimed.
        chosen: Whether its holder named it, and it did not just fall to them.
    """

    number: int
    member: int | None
    done_at: datetime | None = None
    chosen: bool = False

    @property
    def done(self) -> bool:
        """Whether it is done."""
        return self.done_at is not None


class Parts:
    """All parts of one khatma; those that are not named are open. Never changes in place."""

    __slots__ = ("_taken",)

    def __init__(self, taken: Iterable[Part] = ()) -> None:
        self._taken = {part.number: part for part in taken}

    def __iter__(self) -> Iterator[Part]:
        return iter(self._taken.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parts) and self._taken == other._taken

    def __hash__(self) -> int:
        return hash(frozenset(self._taken.values()))

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

    def with_claimed(self, number: int, member: int, *, chosen: bool = False) -> "Parts":
        """Return these parts with an open one claimed. Raises ValueError where it is not open."""
        if number not in NUMBERS or number in self._taken:
            raise ValueError(f"part {number} is not open")
        return Parts([*self, Part(number, member, chosen=chosen)])

    def with_done(self, number: int, now: datetime) -> "Parts":
        """Return these parts with a claimed one done. Raises ValueError where it is not claimed."""
        return self._with(replace(self._claimed(number), done_at=now))

    def with_chosen(self, number: int) -> "Parts":
        """Return these parts with a claimed one chosen. Raises ValueError where it is not."""
        return self._with(replace(self._claimed(number), chosen=True))

    def with_undone(self, number: int) -> "Parts":
        """Return these parts with a done one claimed again. Raises ValueError where it is not."""
        part = self._taken.get(number)
        if part is None or not part.done:
            raise ValueError(f"part {number} is not done")
        return self._with(replace(part, done_at=None, chosen=True))

    def without(self, number: int) -> "Parts":
        """Return these parts with a claimed one open. Raises ValueError where it is not claimed."""
        let_go = self._claimed(number)
        return Parts(part for part in self if part is not let_go)

    def without_claims_of(self, member: int) -> "Parts":
        """Return these parts with what `member` holds and has not done open again."""
        return Parts(part for part in self if part.done or part.member != member)

    def without_name_of(self, member: int) -> "Parts":
        """Return these parts with `member` unnamed: done stays done, the rest is open again."""
        return Parts(
            replace(part, member=None) if part.member == member else part
            for part in self.without_claims_of(member)
        )

    def _claimed(self, number: int) -> Part:
        part = self._taken.get(number)
        if part is None or part.done:
            raise ValueError(f"part {number} is not claimed")
        return part

    def _with(self, part: Part) -> "Parts":
        return Parts({**self._taken, part.number: part}.values())
