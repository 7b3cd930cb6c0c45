"""The 30 parts, whatever is done with them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khatma.domain.parts import COUNT, Part, Parts

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ACTS = ["claim", "claim", "choose", "finish", "finish", "undo", "let go", "free", "unname"]
numbers = st.integers(1, COUNT)
members = st.integers(1, 4)
commands = st.lists(st.tuples(st.sampled_from(ACTS), numbers, members), max_size=90)


def after(steps):
    parts = Parts()
    for name, number, member in steps:
        part = parts.get(number)
        if name == "claim" and part is None:
            parts = parts.with_claimed(number, member)
        elif name == "finish" and part is not None and not part.done:
            parts = parts.with_done(number, NOW)
        elif name == "choose" and part is not None and not part.done:
            parts = parts.with_chosen(number)
        elif name == "undo" and part is not None and part.done:
            parts = parts.with_undone(number)
        elif name == "let go" and part is not None and not part.done:
            parts = parts.without(number)
        elif name == "free":
            parts = parts.without_claims_of(member)
        elif name == "unname":
            parts = parts.without_name_of(member)
    return parts


@given(commands)
def test_open_claimed_and_done_are_always_thirty(steps):
    parts = after(steps)
    kinds = [*parts.open, *parts.claimed, *parts.done]
    assert sorted(kinds) == list(range(1, 31))


@given(commands, members)
def test_done_is_for_ever(steps, member):
    parts = after(steps)
    assert parts.without_claims_of(member).done == parts.done
    assert sorted(parts.without_name_of(member).done) == sorted(parts.done)


@given(commands, members)
def test_an_unnamed_member_is_nowhere(steps, member):
    assert member not in {part.member for part in after(steps).without_name_of(member)}


def test_a_part_is_claimed_once():
    parts = Parts().with_claimed(7, 1)
    with pytest.raises(ValueError, match="not open"):
        parts.with_claimed(7, 2)


@pytest.mark.parametrize("number", [0, 31])
def test_there_is_no_other_part(number):
    with pytest.raises(ValueError, match="not open"):
        Parts().with_claimed(number, 1)


def test_only_a_claimed_part_is_finished_and_only_once():
    with pytest.raises(ValueError, match="not claimed"):
        Parts().with_done(7, NOW)
    with pytest.raises(ValueError, match="not claimed"):
        Parts([Part(7, 1, done_at=NOW)]).with_done(7, NOW)


def test_only_a_done_part_is_undone():
    for parts in (Parts(), Parts([Part(7, 1)])):
        with pytest.raises(ValueError, match="not done"):
            parts.with_undone(7)


def test_only_a_claimed_part_is_let_go():
    for parts in (Parts(), Parts([Part(7, 1, done_at=NOW)])):
        with pytest.raises(ValueError, match="not claimed"):
            parts.without(7)
