from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from practice.domain.totals import Amount, Facts, average, moves
from practice.domain.windows import windows

FACTS = st.builds(
    Facts,
    meditation_type=st.sampled_from(["mantra", "breathing"]),
    duration=st.integers(1, 1440),
    date=st.dates(date(2026, 1, 20), date(2026, 2, 20)),
)
# What one session counted for over its life; None before it was logged and after it was deleted.
LIVES = st.lists(st.one_of(st.none(), FACTS), min_size=1, max_size=6)


@given(lives=st.lists(LIVES, max_size=6))
def test_moves_add_up_to_what_counts_in_the_end(lives):
    totals = Counter()
    for life in lives:
        for before, after in zip([None, *life], life, strict=False):
            found = moves(before, after)
            for key, by in {**found.windows, **found.types}.items():
                totals[key, "minutes"] += by.minutes
                totals[key, "sessions"] += by.sessions

    counting = Counter()
    for facts in (life[-1] for life in lives if life[-1]):
        for key in (*windows(facts.date), facts.meditation_type):
            counting[key, "minutes"] += facts.duration
            counting[key, "sessions"] += 1
    assert {key: value for key, value in totals.items() if value} == counting


def test_only_what_moves_is_moved():
    before = Facts("mantra", 10, date(2026, 2, 10))
    after = Facts("breathing", 10, date(2026, 2, 11))
    found = moves(before, after)
    assert {window.name for window in found.windows} == {"day"}
    assert found.types == {"mantra": Amount(-10, -1), "breathing": Amount(10, 1)}
    assert moves(before, before) == moves(None, None)


def test_average_is_to_one_decimal():
    assert average(Amount()) == 0
    assert average(Amount(100, 3)) == 33.3
