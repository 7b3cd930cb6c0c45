"""What readers earn."""

from typing import Literal

from contracts.fields import Id, Moment
from contracts.models import Answer

AchievementKind = Literal[
    "first_khatma",
    "streak_7",
    "streak_30",
    "fast_reader",
    "consistent_reader",
    "chapter_master",
    "group_leader",
]


class Achievement(Answer):
    """Earned once, never taken back. `other` stands for what only a later release knows.

    Of another's, a khatma that the asker may not know of, or that is gone, is null.
    """

    id: Id
    achievement: Literal[AchievementKind, "other"]
    achievement_display: str
    earned_at: Moment
    khatma: Id | None
    khatma_name: str | None
