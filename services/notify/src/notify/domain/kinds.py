"""The kinds of notification, and what each is called."""

from enum import StrEnum


class Kind(StrEnum):
    """Why a person is told something; OTHER is whatever only a later release knows."""

    WELCOME = "welcome"
    LEADERBOARD_TOP = "leaderboard_top"
    KHATMA_INVITATION = "khatma_invitation"
    KHATMA_JOINED = "khatma_joined"
    KHATMA_COMPLETED = "khatma_completed"
    CHAPTER_ASSIGNED = "chapter_assigned"
    CHAPTER_COMPLETED = "chapter_completed"
    ACHIEVEMENT_EARNED = "achievement_earned"
    OTHER = "other"

    @classmethod
    def of(cls, code: str) -> "Kind":
        """Return the kind that `code` names, which a release that was gone back from may have
        written.
        """
        return cls(code) if code in set(cls) else cls.OTHER

    @property
    def display(self) -> str:
        """The kind as a person reads it."""
        return self.value.replace("_", " ").title()
