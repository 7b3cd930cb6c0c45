"""Where a stream is in the record of activity: behind, while it reads the past, or live.

What is recorded while the past is read is heard, and waits. A page of the past that reaches as far
as what waits begins joins the two: what it holds is not said again, and nothing falls between.
"""

from collections.abc import Sequence
from typing import NamedTuple

MOST_WAITING = 100
"""Events that one stream keeps while it reads the past; with more of them, it reads them there."""


class Placed(NamedTuple):
    """An event of one person's, with its place in the record."""

    position: int
    text: bytes


class Following:
    """What one stream has said, and what is to be said next.

    Args:
        heard_from: The place up to which the hub had told its streams when this one joined: all
            after it is heard. None where it does not know, until `begin`.
    """

    __slots__ = ("_heard_from", "_waiting", "is_live", "position")

    def __init__(self, heard_from: int | None) -> None:
        self._heard_from = heard_from
        self._waiting: list[Placed] = []
        self.is_live = False
        self.position = 0
        """All that concerns its reader up to here was said."""

    def begin(self, heard_from: int) -> None:
        """Know from where on all is heard, where that was not known."""
        if self._heard_from is None:
            self._heard_from = heard_from

    def heard(self, events: Sequence[Placed], recorded: int) -> list[Placed]:
        """Hear what concerns the reader of what was recorded up to `recorded`.

        Returns:
            What is to be said now.
        """
        if self.is_live:
            fresh = [each for each in events if each.position > self.position]
            self.position = max(self.position, recorded)
            return fresh
        self._waiting += events
        if len(self._waiting) > MOST_WAITING:
            self._waiting.clear()
            self._heard_from = recorded
        return []

    def read(self, events: Sequence[Placed], upto: int, *, more: bool) -> list[Placed]:
        """Read a page of the past: what concerns the reader after `position`, up to `upto`.

        Args:
            events: Those of the page, in their order.
            upto: The place up to which nothing is left out.
            more: Whether there is more of the past already.

        Returns:
            What is to be said now. It is live from now on, or asks for the page after `position`.
        """
        said = list(events)
        self.position = upto
        if not more and self._heard_from is not None and upto >= self._heard_from:
            fresh = [each for each in self._waiting if each.position > upto]
            said += fresh
            if fresh:
                self.position = fresh[-1].position
            self._waiting.clear()
            self.is_live = True
        return said
