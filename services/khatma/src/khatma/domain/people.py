"""A reader, and which day it is for them."""

from dataclasses import dataclass
from datetime import date, datetime

from khatma.domain.days import today


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the service knows them.

    Attributes:
        id: Their id in the whole system.
        username: What they are called where they gave no full name.
        fullname: The name they chose to show; may be empty.
        timezone: IANA name of their zone.
        day_starts_at: Minutes after midnight at which their day begins, 0 to 720.
        version: Grows with each change of their account; the higher one is the newer truth.
        deleted: Whether their account is gone for good.
    """

    id: int
    username: str
    fullname: str = ""
    timezone: str = "UTC"
    day_starts_at: int = 0
    version: int = 0
    deleted: bool = False

    @property
    def shown_name(self) -> str:
        """The full name, or the username where there is none."""
        return self.fullname or self.username

    def today(self, now: datetime) -> date:
        """Return the day that it is for them at `now`, an aware time."""
        return today(now, self.timezone, self.day_starts_at)


def newer(one: Person, other: Person | None) -> Person:
    """Return the one with the higher version: a token and a copy may each be the stale one."""
    return other if other is not None and other.version >= one.version else one
