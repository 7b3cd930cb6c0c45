"""What becomes of a delivery, and which types a webhook wants."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.activity import SHOWN, chosen
from notify.domain.deliveries import (
    RETRIES,
    Outcome,
    Problem,
    State,
    pattern_of,
    problem_of,
    verdict,
)

CHANCE = st.floats(0, 1, exclude_max=True)
FAILED = Outcome(500, Problem.STATUS, timedelta(0))


@given(st.integers(1, len(RETRIES)), CHANCE)
def test_a_failure_is_tried_again_after_its_wait_and_a_jitter(tries: int, chance: float) -> None:
    said = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400][tries - 1]
    found = verdict(FAILED, tries, chance)
    assert (found.state, found.disables) == (State.WAITING, None)
    assert found.wait is not None
    assert said <= found.wait.total_seconds() <= said * 1.1


ASKED = st.timedeltas(timedelta(0), timedelta(days=400))


@given(st.integers(1, len(RETRIES)), CHANCE, st.sampled_from([429, 503]), ASKED)
def test_who_asks_to_wait_longer_is_given_the_longest_wait_at_most(
    tries: int, chance: float, code: int, asked: timedelta
) -> None:
    usual = verdict(Outcome(code, Problem.STATUS, timedelta(0)), tries, chance).wait
    found = verdict(Outcome(code, Problem.STATUS, timedelta(0), asked), tries, chance).wait
    assert usual is not None
    assert found is not None
    assert found >= max(usual, min(asked, RETRIES[-1]))
    assert found <= max(usual, min(asked * 1.1 + timedelta(microseconds=1), RETRIES[-1]))
    assert (found == usual) == (min(asked, RETRIES[-1]) <= RETRIES[tries - 1])


@given(st.integers(1, 10), CHANCE)
def test_only_2xx_is_success_whenever_it_comes(tries: int, chance: float) -> None:
    done = verdict(Outcome(204, None, timedelta(0)), tries, chance)
    assert (done.state, done.wait, done.disables) == (State.DELIVERED, None, None)


def test_the_tenth_failure_is_the_last() -> None:
    last = verdict(FAILED, 10, 0)
    assert (last.state, last.wait, last.disables) == (State.FAILED, None, "failing")


@given(st.integers(1, 10), CHANCE)
def test_gone_is_the_end_at_once(tries: int, chance: float) -> None:
    gone = verdict(Outcome(410, Problem.GONE, timedelta(0)), tries, chance)
    assert (gone.state, gone.wait, gone.disables) == (State.FAILED, None, "gone")


@given(st.sampled_from(list(Problem)))
def test_a_test_is_tried_once_and_disables_nothing(problem: Problem) -> None:
    found = verdict(Outcome(None, problem, timedelta(0)), 1, 0, is_test=True)
    assert (found.state, found.wait, found.disables) == (State.FAILED, None, None)


@given(st.integers(100, 999))
def test_a_status_is_good_or_has_a_problem(code: int) -> None:
    assert (problem_of(code) is None) == (200 <= code < 300)


WORDS = st.lists(
    st.lists(
        st.sampled_from(["khatma", "practice", "notify", "created", "v1", "*", "#"]),
        min_size=1,
        max_size=4,
    ).map(".".join)
    | st.sampled_from(SHOWN)
    | st.sampled_from(SHOWN).map(lambda name: name.removesuffix(".v1")),
    min_size=1,
    max_size=4,
)


@given(WORDS)
def test_a_webhook_gets_what_its_words_choose(words: list[str]) -> None:
    try:
        named = chosen(words)
    except ValueError:
        return
    pattern = pattern_of(words)
    assert pattern is not None
    assert [name for name in SHOWN if re.search(pattern, f"{name}.")] == named


@pytest.mark.parametrize("name", SHOWN)
def test_who_names_no_types_gets_all(name: str) -> None:
    assert pattern_of([]) is None
    assert re.search(str(pattern_of(["#"])), f"{name}.")
