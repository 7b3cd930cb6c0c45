"""Where a consumer keeps how far it is, in the database that its effects are in."""

from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, TypeVar

Hands = TypeVar("Hands")


class Place(NamedTuple):
    """The last event of a stream that took effect: its number there, and its id.

    The number alone would not do: a broker that is made anew counts from 0 again.
    """

    offset: int
    event_id: str


class Store(Protocol[Hands]):
    """What `replay` needs of a database; `SqliteStore` is one, and examples/ has PostgreSQL's.

    `Hands` is what a handler changes the database by: a connection or a cursor.
    """

    def place(self) -> Place | None:
        """Return the place that was moved to last, or None before the first event."""

    def transaction(self) -> AbstractContextManager[Hands]:
        """Return a transaction: committed at its end, rolled back by an exception."""

    def first_time(self, hands: Hands, event_id: str) -> bool:
        """Remember an event for at least 30 days; return whether it was not remembered yet."""

    def move(self, hands: Hands, place: Place) -> None:
        """Remember how far it is."""
