"""Figures, by example."""

from datetime import date, timedelta

import pytest

from khatma.domain.figures import (
    completion_percentage,
    completion_rate,
    daily_chapters,
    daily_progress,
    week_chapters,
)

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("done", "percent"), [(0, 0.0), (1, 3.3), (15, 50.0), (29, 96.7), (30, 100.0)]
)
def test_completion_percentage_has_one_decimal(done, percent):
    assert completion_percentage(done) == percent


def test_completion_rate():
    assert completion_rate(1, 3) == 33.3
    assert completion_rate(0, 0) == 0.0


def test_daily_progress_counts_the_first_day_and_today():
    assert daily_progress(15, MONDAY, MONDAY) == 50.0
    assert daily_progress(15, MONDAY, MONDAY + timedelta(days=9)) == 5.0
    assert daily_progress(15, MONDAY, MONDAY - timedelta(days=1)) == 50.0


def test_daily_chapters_are_those_of_thirty_days():
    by_day = {MONDAY - timedelta(days=30): 100, MONDAY - timedelta(days=29): 20, MONDAY: 7}
    assert daily_chapters(by_day, MONDAY) == 0.9


def test_a_week_goes_from_monday_to_sunday():
    by_day = {MONDAY - timedelta(days=1): 100, MONDAY: 2, MONDAY + timedelta(days=6): 3}
    assert week_chapters(by_day, MONDAY) == 5
    assert week_chapters(by_day, MONDAY + timedelta(days=6)) == 5
    assert week_chapters(by_day, MONDAY + timedelta(days=7)) == 0
