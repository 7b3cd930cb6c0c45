"""Who may see what happened: about a person that person, about a khatma who is in it.

Who is in a khatma is told by its own events, which may come in another order than they happened
in: each carries its number among them, and one that comes late changes nothing that a later one
said.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a person is in a khatma, and the number of the khatma's event that said so."""

    sequence: int
    is_in: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Who is in a khatma and who was, as far as its events have told.

    Attributes:
        standing: By the person's id.
        is_over: Whether the khatma was deleted; nobody comes in any more.
    """

    standing: Mapping[int, Standing] = field(default_factory=dict)
    is_over: bool = False

    @property
    def members(self) -> frozenset[int]:
        """Ids of those who are in it."""
        return frozenset(person for person, each in self.standing.items() if each.is_in)

    def joined(self, person: int, sequence: int) -> "Group":
        """Return it with `person` in it."""
        return self._with({person: True}, sequence)

    def left(self, person: int, sequence: int) -> "Group":
        """Return it without `person`."""
        return self._with({person: False}, sequence)

    def listed(self, people: Iterable[int], sequence: int) -> "Group":
        """Return it with `people` in it and nobody else, as it was at that event."""
        return self._with(
            dict.fromkeys(self.standing, False) | dict.fromkeys(people, True), sequence
        )

    def over(self, sequence: int) -> "Group":
        """Return it without anybody, for good."""
        gone = self._with(dict.fromkeys(self.standing, False), sequence)
        return Group(gone.standing, is_over=True)

    def without(self, people: Collection[int]) -> "Group":
        """Return it as if `people`, whose accounts are gone, had never been in it."""
        left = {person: each for person, each in self.standing.items() if person not in people}
        return Group(left, self.is_over)

    def _with(self, said: Mapping[int, bool], sequence: int) -> "Group":
        if self.is_over:
            return self
        newer = {
            person: Standing(sequence, is_in)
            for person, is_in in said.items()
            if person not in self.standing or self.standing[person].sequence < sequence
        }
        return Group({**self.standing, **newer})


def of_khatma(before: Group, after: Group, actor: int | None) -> frozenset[int]:
    """Return who may see an event about a khatma: its members after it, and who caused it.

    So who leaves sees that they left. Of its end, who was in it before.

    Args:
        before: The khatma's group before the event.
        after: The same with what the event says of it.
        actor: Id of the person who caused it, if any.
    """
    members = before.members if after.is_over else after.members
    return members if actor is None else members | {actor}
