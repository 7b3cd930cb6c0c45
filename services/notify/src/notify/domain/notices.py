"""From what happened to whom it is told: one function for each row of the table of notifications.

A notice keeps facts, not words: the words are made when it is read, so that a name that was not
known yet appears once it is, and a name that was erased is gone from everywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from notify.domain.kinds import Kind


@dataclass(frozen=True, slots=True)
class Facts:
    """The figures of a notice; each kind has its own."""

    chapters: tuple[int, ...] = ()
    done: int | None = None
    minutes: int | None = None
    achievement: str | None = None


@dataclass(frozen=True, slots=True)
class Khatma:
    """A khatma by the name that it had when it happened; null where only the name is known."""

    id: int | None
    name: str | None


NO_KHATMA = Khatma(None, None)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell.

    Attributes:
        kind: Why it is told.
        readers: Ids of the people to tell, each once.
        subject: What makes it another fact than one of the same kind: which khatma, whose part.
            Figures such as minutes, and who of the members invites, do not.
        about: Id of the person whom the words name, if any.
        khatma: The khatma that it is about, if any.
        facts: The figures in its words.
    """

    kind: Kind
    readers: frozenset[int]
    subject: tuple[int | str | None, ...] = ()
    about: int | None = None
    khatma: Khatma = NO_KHATMA
    facts: Facts = Facts()

    @property
    def fact(self) -> str:
        """What it tells: the same text for a fact that happens again."""
        return "/".join(map(str, (self.kind, *self.subject)))


def registered(person: int) -> Notice:
    """A person registered: they are welcomed by their own name."""
    return Notice(Kind.WELCOME, frozenset({person}), about=person)


def leader_changed(leader: int | None, total_minutes: int) -> Notice | None:
    """Another person leads the all-time board: the new leader is told; nobody if there is none."""
    if leader is None:
        return None
    return Notice(Kind.LEADERBOARD_TOP, frozenset({leader}), facts=Facts(minutes=total_minutes))


def member_invited(khatma: Khatma, member: int, by: int) -> Notice:
    """A member invited a person: the invited one is told by whom."""
    return Notice(
        Kind.KHATMA_INVITATION,
        frozenset({member}),
        subject=(khatma.id,),
        about=by,
        khatma=khatma,
    )


def member_joined(khatma: Khatma, member: int, creator: int) -> Notice:
    """A person became a member: the creator is told who."""
    return Notice(
        Kind.KHATMA_JOINED,
        frozenset({creator}),
        subject=(khatma.id, member),
        about=member,
        khatma=khatma,
    )


def parts_claimed(khatma: Khatma, member: int, chapters: Iterable[int]) -> Notice:
    """Chapters fell to a member: their holder is told which."""
    numbers = tuple(sorted(chapters))
    return Notice(
        Kind.CHAPTER_ASSIGNED,
        frozenset({member}),
        subject=(khatma.id, *numbers),
        khatma=khatma,
        facts=Facts(chapters=numbers),
    )


def part_completed(
    khatma: Khatma, member: int, chapter: int, done: int, others: Iterable[int]
) -> Notice:
    """A chapter is done: the other members are told by whom, and how many of 30 now are."""
    return Notice(
        Kind.CHAPTER_COMPLETED,
        frozenset(others) - {member},
        subject=(khatma.id, member, chapter),
        about=member,
        khatma=khatma,
        facts=Facts(chapters=(chapter,), done=done),
    )


def completed(khatma: Khatma, members: Iterable[int]) -> Notice:
    """All 30 chapters are done: every member is told."""
    return Notice(Kind.KHATMA_COMPLETED, frozenset(members), subject=(khatma.id,), khatma=khatma)


def achievement_earned(khatma: Khatma, member: int, achievement: str) -> Notice:
    """A person earned an achievement: they are told which."""
    return Notice(
        Kind.ACHIEVEMENT_EARNED,
        frozenset({member}),
        subject=(achievement,),
        khatma=khatma,
        facts=Facts(achievement=achievement),
    )
