"""What practice knows of a person."""

from dataclasses import dataclass, field

from person.clock import Clock


@dataclass(frozen=True)
class Person:
    """A person, as their token or the last event about them says.

    Attributes:
        username: Shown on the leaderboard.
        clock: How they count days.
        version: Grows with each change of the account, so that news can be told from old news.
        deleted: Whether the account is gone for good.
    """

    id: int
    username: str
    clock: Clock = field(default_factory=Clock)
    version: int = 0
    deleted: bool = False

    def newer_than(self, other: "Person | None") -> bool:
        """Return whether this tells more recent things than `other`."""
        return other is None or self.version > other.version
