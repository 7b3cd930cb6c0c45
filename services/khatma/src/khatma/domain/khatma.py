"""A khatma: who may know of it, who reads what, and when it is complete."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from khatma.domain.parts import COUNT, NUMBERS, Part, Parts
from khatma.domain.refusals import Clash, NotTheirs, Taken, Unknown, Wrong

GROUP, PRIVATE = "group", "private"
# How long after it was done a part may be taken back: a mis-tap is seen soon, and what others
# have built on it since is theirs.
TAKE_BACK = timedelta(days=1)
INTENTIONS_OF_MEMBERS = "Join this khatma to have intentions with it."


@dataclass(frozen=True, slots=True)
class Joining:
    """What a join gave: the part, and whether the person is a member only now."""

    number: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Khatma:
    """A khatma with all its parts and members. Every command returns a new one.

    Attributes:
        creator: Who made it, or inherited it from who did.
        members: Ids in the order of joining; the creator is one of them.
        inherited: Whether `creator` is an heir.
        parts_at_once: How many unfinished parts a member may have chosen; None where its creator
            said nothing.
    """

    id: int
    name: str
    description: str
    khatma_type: str
    is_public: bool
    target_days: int
    starts_on: date
    creator: int
    members: tuple[int, ...]
    parts: Parts
    inherited: bool = False
    parts_at_once: int | None = None

    @property
    def most_at_once(self) -> int:
        """How many unfinished parts a member of a group may hold."""
        return most_at_once(self.parts_at_once, is_public=self.is_public)

    @property
    def is_complete(self) -> bool:
        """Whether all 30 parts are done."""
        return len(self.parts.done) == COUNT

    def shows_to(self, person: int) -> bool:
        """Say whether `person` may know of it without an invitation."""
        return self.is_public or person in self.members

    def let_change(self, person: int) -> None:
        """Raise NotTheirs for anyone but the creator."""
        if person != self.creator:
            raise NotTheirs("Only the creator may change or delete this khatma.")

    def let_intend(self, person: int) -> None:
        """Raise NotTheirs for one who is not a member: intentions are a member's own."""
        if person not in self.members:
            raise NotTheirs(INTENTIONS_OF_MEMBERS)

    def let_invite(self, person: int) -> None:
        """Raise NotTheirs for one who is not a member, Clash where nobody can join any more."""
        if person not in self.members:
            raise NotTheirs("Only a member may invite to this khatma.")
        if self.khatma_type == PRIVATE:
            raise Clash("A private khatma has its creator alone; make a group khatma to invite.")
        if self.is_complete:
            raise Clash("This khatma is completed.")

    def joined_by(self, person: int) -> tuple["Khatma", Joining]:
        """Return this khatma with `person` holding the lowest open part.

        Raises Unknown for another's private khatma, and Clash for a member with an unfinished
        part or where no part is open.
        """
        is_new = person not in self.members
        if is_new and self.khatma_type == PRIVATE:
            raise Unknown("There is no such khatma.")
        if unfinished := self.parts.unfinished_of(person):
            raise Clash(f"Finish chapter {unfinished[0]} before you take another one.")
        if not self.parts.open:
            raise Clash("No chapter of this khatma is open.")
        number = self.parts.open[0]
        members = (*self.members, person) if is_new else self.members
        after = replace(self, members=members, parts=self.parts.with_claimed(number, person))
        return after, Joining(number, is_new)

    def left_by(self, person: int) -> tuple["Khatma", list[int]]:
        """Return this khatma without the member, and the numbers that are open again.

        Raises Clash for the creator, and for one who is not a member.
        """
        if person not in self.members:
            raise Clash("You are not a member of this khatma.")
        if person == self.creator:
            raise Clash("The creator cannot leave; delete the khatma instead.")
        freed = self.parts.unfinished_of(person)
        after = replace(
            self,
            members=tuple(member for member in self.members if member != person),
            parts=self.parts.without_claims_of(person),
        )
        return after, freed

    def read_by(self, person: int, number: int, *, completes: bool, now: datetime) -> "Khatma":
        """Return this khatma after a member's report on a part.

        One that completes an open part claims and finishes it in one step, and changes nothing of
        what they have done. One that does not
        makes an open part theirs, keeps what is theirs, and takes back what they did by mistake.
        What it makes theirs to read comes in place of one that fell to them, if need be.

        Raises:
            NotTheirs: They are no member, or would finish what another holds.
            Clash: The khatma is completed, the part is done (another's, or too long ago),
                another holds the part they choose, or they hold as many as one may.
        """
        if person not in self.members:
            raise NotTheirs("Join this khatma before you log a session in it.")
        if self.is_complete:
            raise Clash("This khatma is completed.")
        part = self.parts.get(number)
        if part is not None and part.member != person and (part.done or not completes):
            raise Taken(number, part.member, done=part.done)
        if completes:
            return self._finished(person, number, part, now)
        if part is None:
            return self._chosen(person, number)
        return self._kept(person, part, now)

    def _finished(self, person: int, number: int, part: Part | None, now: datetime) -> "Khatma":
        if part is not None and part.done:
            return self
        if part is not None and part.member != person:
            raise NotTheirs(f"Chapter {number} is held by another member.")
        claimed = self.parts.with_claimed(number, person) if part is None else self.parts
        return replace(self, parts=claimed.with_done(number, now))

    def _chosen(self, person: int, number: int) -> "Khatma":
        parts = self._with_room_for(person)
        return replace(self, parts=parts.with_claimed(number, person, chosen=True))

    def _kept(self, person: int, part: Part, now: datetime) -> "Khatma":
        if part.done_at is None:
            return replace(self, parts=self.parts.with_chosen(part.number))
        if now - part.done_at > TAKE_BACK:
            raise Clash(
                f"Chapter {part.number} was done more than a day ago and can not be taken back."
            )
        return replace(self, parts=self._with_room_for(person).with_undone(part.number))

    def _with_room_for(self, person: int) -> Parts:
        """Return the parts where `person` may hold one more, without one that fell to them.

        In a private khatma all parts are its creator's, so there is always room.
        """
        held, most, parts = self.parts.unfinished_of(person), self.most_at_once, self.parts
        if len(held) < most or self.khatma_type == PRIVATE:
            return parts
        fallen = [each for each in held if not _is_chosen(parts.get(each))]
        if len(held) > most or not fallen:
            raise Clash(_too_many(held, most))
        return parts.without(fallen[0])

    def reading_day(self, said: date | None, today: date) -> date:
        """Return the day that a session counts for: the reader's today unless they said one.

        `starts_on` is the creator's day. A reader further west may still live the day before it,
        and their own today is always good. Raises Wrong for a day before both, or after today.
        """
        day = today if said is None else said
        if day > today:
            raise Wrong("reading_date", f"Must not be after your today, {today}.")
        if day < min(self.starts_on, today):
            raise Wrong("reading_date", f"Must not be before the khatma's start, {self.starts_on}.")
        return day

    def forgotten_by(self, person: int) -> "Khatma | None":
        """Return this khatma once the account of `person` is gone; None where nobody is left.

        What they had done stays done without a name, the rest is open, and the oldest member
        inherits what they created.
        """
        members = tuple(member for member in self.members if member != person)
        if not members:
            return None
        after = replace(self, members=members, parts=self.parts.without_name_of(person))
        if self.creator == person:
            return replace(after, creator=members[0], inherited=True)
        return after


def most_at_once(said: int | None, *, is_public: bool) -> int:
    """Return how many unfinished parts a member of a group may hold.

    Where nothing is said: one where anybody may come, so that nobody keeps a public khatma to
    themselves; among friends, as many as there are.
    """
    return said or (1 if is_public else COUNT)


def _is_chosen(part: Part | None) -> bool:
    return part is not None and part.chosen


def _too_many(held: list[int], most: int) -> str:
    if most == 1:
        return f"Finish chapter {held[0]} before you take another one."
    return f"You hold {len(held)} chapters, and may hold {most} at once: finish one first."


def first_parts(khatma_type: str, creator: int) -> Parts:
    """Return the parts at creation: all the creator's in a private one, else only the first."""
    parts = Parts()
    for number in NUMBERS if khatma_type == PRIVATE else NUMBERS[:1]:
        parts = parts.with_claimed(number, creator)
    return parts


def check_publicity(khatma_type: str, *, is_public: bool) -> None:
    """Raise Wrong for a private khatma that would be public."""
    if khatma_type == PRIVATE and is_public:
        raise Wrong("is_public", "Must be false for a private khatma.")


def due_on(starts_on: date, target_days: int) -> date:
    """Return the day by which the khatma should be complete."""
    return starts_on + timedelta(days=target_days)
