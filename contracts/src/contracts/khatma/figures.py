"""What a reader has read and how far a khatma is, in numbers; and both at a glance."""

from datetime import date

from contracts.fields import Id, Juz
from contracts.khatma.khatmas import Khatma
from contracts.khatma.readings import Reading
from contracts.models import Answer, Request
from contracts.people import Person


class OnePerson(Request):
    """Somebody."""

    id: Id


class UserStats(Answer):
    """A reader's figures."""

    total_khatmas: int
    completed_khatmas: int
    total_chapters_read: int
    current_streak: int
    achievements_count: int
    completion_rate: float
    average_daily_chapters: float


class DayProgress(Answer):
    """One day of a khatma."""

    date: date
    chapters_read: int
    participants_active: int


class ChapterStatus(Answer):
    """Where one chapter of a khatma stands."""

    chapter: Juz
    is_completed: bool
    assigned_user: Person | None


class KhatmaStats(Answer):
    """A khatma's figures: the 30 days that end today, and all 30 chapters."""

    total_participants: int
    total_chapters_read: int
    completion_percentage: float
    average_daily_progress: float
    most_active_reader: Person | None
    daily_progress: list[DayProgress]
    chapter_completion_status: list[ChapterStatus]


class Dashboard(Answer):
    """Khatma's part of the dashboard and of the profile."""

    active_khatmas: list[Khatma]
    recent_sessions: list[Reading]
    today_chapters: int
    weekly_chapters: int
    total_khatmas: int
    total_khatmas_completed: int
    current_streak: int
