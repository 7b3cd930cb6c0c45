"""What earns an achievement, and what just misses it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khatma.domain.achievements import (
    WINDOW,
    Achievement,
    by_completion,
    by_reading,
    most_days_within,
)
from khatma.domain.khatma import Khatma
from khatma.domain.parts import Parts
from khatma.domain.streaks import Streak

DAY = date(2026, 3, 2)


def earned(*, streak=1, chapters=1, days=(DAY,), juz=(1,)):
    run = Streak(DAY - timedelta(days=streak - 1), DAY)
    return by_reading(streak=run, chapters_that_day=chapters, days=days, juz=juz)


@pytest.mark.parametrize(
    ("almost", "enough", "name"),
    [
        ({"streak": 6}, {"streak": 7}, "streak_7"),
        ({"streak": 29}, {"streak": 30}, "streak_30"),
        ({"chapters": 2}, {"chapters": 3}, "fast_reader"),
        ({"juz": range(1, 30)}, {"juz": range(1, 31)}, "chapter_master"),
    ],
)
def test_a_chapter_earns(almost, enough, name):
    assert name not in earned(**almost)
    assert name in earned(**enough)


def test_consistent_is_twenty_of_thirty_days():
    days = [DAY - timedelta(days=offset) for offset in [*range(10), *range(20, 30)]]
    assert Achievement.CONSISTENT_READER in earned(days=days)
    later_by_one = [*days[:-1], DAY - timedelta(days=30)]
    assert Achievement.CONSISTENT_READER not in earned(days=later_by_one)
    assert Achievement.CONSISTENT_READER not in earned(days=days[:-1])


@given(st.lists(st.dates(date(2026, 1, 1), date(2026, 6, 1)), max_size=60))
def test_the_fullest_window_is_that_of_trying_them_all(days):
    held = set(days)
    tried = [sum(start <= day < start + WINDOW for day in held) for start in held]
    assert most_days_within(days, WINDOW) == max(tried, default=0)


def group(members, kind="group"):
    return Khatma(
        id=1,
        name="",
        description="",
        khatma_type=kind,
        is_public=False,
        target_days=1,
        starts_on=DAY,
        creator=1,
        members=tuple(range(1, members + 1)),
        parts=Parts(),
    )


def test_a_group_leader_completes_with_five_or_more():
    assert by_completion(group(5), 1) == {"first_khatma", "group_leader"}
    assert by_completion(group(5), 2) == {"first_khatma"}
    assert by_completion(group(4), 1) == {"first_khatma"}
    assert by_completion(group(5, "private"), 1) == {"first_khatma"}


def test_an_heir_leads_but_has_not_created():
    heir = group(6).forgotten_by(1)
    assert (heir.creator, len(heir.members)) == (2, 5)
    assert by_completion(heir, 2) == {"first_khatma"}
    later = heir.forgotten_by(6)
    assert by_completion(later, 2) == {"first_khatma"}
    assert "group_leader" in by_completion(group(6).forgotten_by(6), 1)
