"""Figures of khatmas and readers."""

from collections.abc import Mapping
from datetime import date, timedelta

from khatma.domain.days import days_ending, monday_of
from khatma.domain.parts import COUNT

RECENT_DAYS = 30


def completion_percentage(done: int) -> float:
    """Return how much of a khatma is done, in percent with one decimal."""
    return round(done / COUNT * 100, 1)


def completion_rate(completed: int, total: int) -> float:
    """Return the share of completed khatmas in percent with one decimal; 0 without any."""
    return round(completed / total * 100, 1) if total else 0.0


def daily_progress(done: int, starts_on: date, today: date) -> float:
    """Return the percent a day since the start, the first day and today included."""
    days = max(1, (today - starts_on).days + 1)
    return round(done / COUNT * 100 / days, 2)


def daily_chapters(by_day: Mapping[date, int], today: date) -> float:
    """Return the chapters a day over the 30 days that end today."""
    recent = sum(by_day.get(day, 0) for day in days_ending(today, RECENT_DAYS))
    return round(recent / RECENT_DAYS, 2)


def week_chapters(by_day: Mapping[date, int], today: date) -> int:
    """Return the chapters of the ISO week that holds today."""
    monday = monday_of(today)
    return sum(by_day.get(monday + timedelta(days=offset), 0) for offset in range(7))
