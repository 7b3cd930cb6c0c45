"""Achievements: what earns them. Each is earned once by a person and never taken back."""

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

from khatma.domain.khatma import GROUP, Khatma
from khatma.domain.parts import COUNT
from khatma.domain.streaks import Streak

WINDOW = timedelta(days=30)


class Achievement(StrEnum):
    """An achievement by its name on the wire."""

    FIRST_KHATMA = "first_khatma"
    STREAK_7 = "streak_7"
    STREAK_30 = "streak_30"
    FAST_READER = "fast_reader"
    CONSISTENT_READER = "consistent_reader"
    CHAPTER_MASTER = "chapter_master"
    GROUP_LEADER = "group_leader"


DISPLAY = {
    Achievement.FIRST_KHATMA: "First Khatma",
    Achievement.STREAK_7: "7-Day Streak",
    Achievement.STREAK_30: "30-Day Streak",
    Achievement.FAST_READER: "Fast Reader",
    Achievement.CONSISTENT_READER: "Consistent Reader",
    Achievement.CHAPTER_MASTER: "Chapter Master",
    Achievement.GROUP_LEADER: "Group Leader",
}


def by_reading(
    *, streak: Streak, chapters_that_day: int, days: Collection[date], juz: Collection[int]
) -> set[Achievement]:
    """Return what a finished chapter entitles its reader to.

    Args:
        streak: The run of days that now holds the chapter's day.
        chapters_that_day: Chapters they finished that day, this one too.
        days: Their days with a finished chapter, at least those within 29 of this one's.
        juz: The numbers they have finished in any khatma, this one too.
    """
    earned = set()
    if streak.length >= 7:
        earned.add(Achievement.STREAK_7)
    if streak.length >= 30:
        earned.add(Achievement.STREAK_30)
    if chapters_that_day >= 3:
        earned.add(Achievement.FAST_READER)
    if most_days_within(days, WINDOW) >= 20:
        earned.add(Achievement.CONSISTENT_READER)
    if len(set(juz)) == COUNT:
        earned.add(Achievement.CHAPTER_MASTER)
    return earned


def by_completion(khatma: Khatma, member: int) -> set[Achievement]:
    """Return what the completion of `khatma` entitles one of its members to."""
    earned = {Achievement.FIRST_KHATMA}
    made_it = member == khatma.creator and not khatma.inherited
    if made_it and khatma.khatma_type == GROUP and len(khatma.members) >= 5:
        earned.add(Achievement.GROUP_LEADER)
    return earned


def most_days_within(days: Collection[date], window: timedelta) -> int:
    """Return the most of `days` that any stretch as long as `window` holds."""
    ordered = sorted(set(days))
    most = start = 0
    for end, day in enumerate(ordered):
        while day - ordered[start] >= window:
            start += 1
        most = max(most, end - start + 1)
    return most
