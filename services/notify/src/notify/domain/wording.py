"""The words of a notification."""

from collections.abc import Callable
from dataclasses import dataclass

from notify.domain.kinds import Kind
from notify.domain.notices import Facts
from notify.domain.people import name_for_others

PARTS = 30

# Embeddings, overrides and isolates, with what ends each (Unicode Standard Annex 9).
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])

_ACHIEVEMENTS = {
    "first_khatma": ("First Khatma", "You completed your first khatma"),
    "streak_7": ("7-Day Streak", "You finished a chapter on 7 days in a row"),
    "streak_30": ("30-Day Streak", "You finished a chapter on 30 days in a row"),
    "fast_reader": ("Fast Reader", "You finished 3 chapters in one day"),
    "consistent_reader": ("Consistent Reader", "You finished chapters on 20 of 30 days"),
    "chapter_master": ("Chapter Master", "You have now finished each of the 30 chapters"),
    "group_leader": ("Group Leader", "A khatma that you started was completed by your group"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads."""

    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the words are made from.

    Attributes:
        kind: Why it is told.
        facts: Its figures.
        khatma_name: Name of the khatma that it is about, if any.
        name: Name of the person that it is about; None where it is not known.
        gone: Whether that person's account was deleted.
    """

    kind: Kind
    facts: Facts
    khatma_name: str | None = None
    name: str | None = None
    gone: bool = False

    @property
    def who(self) -> str:
        """The person that it is about, as a sentence names them."""
        return name_for_others(self.name and isolated(self.name), gone=self.gone)

    @property
    def khatma(self) -> str:
        """The khatma, as a sentence names it."""
        return f"“{isolated(self.khatma_name)}”" if self.khatma_name else "your khatma"


def isolated(name: str) -> str:
    """Return `name` so that it stands in a sentence of another direction without turning it.

    It is read by itself, in the direction of its own first letter (Unicode Standard Annex 9,
    U+2068 … U+2069). Names are refused that could end this before its end; of those from before
    they were, what could do so is left out.
    """
    return f"\u2068{name.translate(_TURNING)}\u2069"


def words(told: Told) -> Words:
    """Return the words of `told`; general ones where a figure is missing."""
    return _WORDS[told.kind](told)


def _welcome(told: Told) -> Words:
    title = f"Welcome to Sakina, {isolated(told.name)}" if told.name else "Welcome to Sakina"
    return Words(
        title, "Log your first meditation, or start a khatma alone or with friends. Take your time."
    )


def _leaderboard_top(told: Told) -> Words:
    minutes = told.facts.minutes or 0
    amount = "1 minute" if minutes == 1 else f"{minutes:,} minutes"
    return Words(
        "You lead the leaderboard", f"With {amount} of meditation, you are first of everyone."
    )


def _khatma_invitation(told: Told) -> Words:
    return Words(
        f"You are invited to {told.khatma}",
        f"{told.who} invites you to read {told.khatma} together.",
    )


def _khatma_joined(told: Told) -> Words:
    return Words(
        f"{told.who} joined {told.khatma}", f"{told.who} now reads {told.khatma} with you."
    )


def _khatma_completed(told: Told) -> Words:
    return Words(
        f"{told.khatma} is complete",
        f"All {PARTS} chapters of {told.khatma} are done. May it be accepted from all of you.",
    )


def _chapter_assigned(told: Told) -> Words:
    chapters = told.facts.chapters
    named = _listed(chapters)
    are = "is" if len(chapters) <= 1 else "are"
    return Words(
        f"{named} {are} yours", f"{named} of {told.khatma} {are} yours to read. Take your time."
    )


def _chapter_completed(told: Told) -> Words:
    finished = f"{told.who} finished {_listed(told.facts.chapters).lower()}"
    done = f" Now {told.facts.done} of {PARTS} chapters are done." if told.facts.done else ""
    return Words(finished, f"{finished} of {told.khatma}.{done}")


def _achievement_earned(told: Told) -> Words:
    name = told.facts.achievement or ""
    # An achievement that is newer than this list is named by its code.
    display, deed = _ACHIEVEMENTS.get(name, (name.replace("_", " ").title(), "You earned it"))
    behind = f", with {told.khatma}" if told.khatma_name else ""
    return Words(f"Achievement earned: {display}", f"{deed}{behind}. Well done!")


def _other(told: Told) -> Words:
    behind = f" in {told.khatma}" if told.khatma_name else ""
    return Words(
        "There is something new",
        f"Something happened{behind} that this version of Sakina has no words for yet.",
    )


def _listed(chapters: tuple[int, ...]) -> str:
    if not chapters:
        return "A chapter"
    if len(chapters) == 1:
        return f"Chapter {chapters[0]}"
    *first, last = (str(chapter) for chapter in chapters)
    return f"Chapters {', '.join(first)} and {last}"


_WORDS: dict[Kind, Callable[[Told], Words]] = {
    Kind.WELCOME: _welcome,
    Kind.LEADERBOARD_TOP: _leaderboard_top,
    Kind.KHATMA_INVITATION: _khatma_invitation,
    Kind.KHATMA_JOINED: _khatma_joined,
    Kind.KHATMA_COMPLETED: _khatma_completed,
    Kind.CHAPTER_ASSIGNED: _chapter_assigned,
    Kind.CHAPTER_COMPLETED: _chapter_completed,
    Kind.ACHIEVEMENT_EARNED: _achievement_earned,
    Kind.OTHER: _other,
}
