"""Who may see an event about a khatma, in whichever order its events come."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.domain.audience import Group, of_khatma

Effect = Callable[[Group, int], Group]
PEOPLE = range(1, 6)


@dataclass(frozen=True)
class Told:
    """What an event told: a word, and whom it names."""

    word: str
    people: tuple[int, ...]


def events() -> st.SearchStrategy[list[Told]]:
    person = st.sampled_from(PEOPLE).map(lambda one: (one,))
    return st.lists(
        st.one_of(
            st.builds(Told, st.sampled_from(["joined", "left"]), person),
            st.builds(Told, st.just("listed"), st.sets(st.sampled_from(PEOPLE)).map(tuple)),
        ),
        max_size=12,
    )


def after(group: Group, told: Told, sequence: int) -> Group:
    if told.word == "joined":
        return group.joined(told.people[0], sequence)
    if told.word == "left":
        return group.left(told.people[0], sequence)
    return group.listed(told.people, sequence)


def plainly(history: list[Told]) -> set[int]:
    """Who is in it after events that come in order, said without any sequence."""
    members: set[int] = set()
    for told in history:
        if told.word == "joined":
            members |= set(told.people)
        elif told.word == "left":
            members -= set(told.people)
        else:
            members = set(told.people)
    return members


@given(events())
def test_in_order_the_members_are_those_who_joined_and_did_not_leave(history: list[Told]) -> None:
    group = Group()
    for sequence, told in enumerate(history, start=1):
        group = after(group, told, sequence)
    assert group.members == plainly(history)


@given(events(), st.randoms(use_true_random=False))
def test_in_any_order_and_repeated_nobody_who_left_is_in(
    history: list[Told], order: random.Random
) -> None:
    """Of joining and leaving alone, the outcome is that of the order in which they happened."""
    history = [told for told in history if told.word != "listed"]
    numbered = list(enumerate(history, start=1)) * 2
    order.shuffle(numbered)
    group = Group()
    for sequence, told in numbered:
        group = after(group, told, sequence)
    assert group.members == plainly(history)


@given(events(), events())
def test_nothing_brings_anybody_into_a_khatma_that_is_over(
    before: list[Told], later: list[Told]
) -> None:
    group = Group()
    for sequence, told in enumerate(before, start=1):
        group = after(group, told, sequence)
    ended = group.over(len(before) + 1)
    assert of_khatma(group, ended, None) == group.members
    for sequence, told in enumerate(later, start=1):
        ended = after(ended, told, sequence)
    assert ended.members == frozenset()


@pytest.mark.parametrize(
    ("effect", "actor", "audience"),
    [
        (lambda group: group, 1, {1, 2}),
        (lambda group: group, None, {1, 2}),
        (lambda group: group.joined(3, 9), 3, {1, 2, 3}),
        (lambda group: group.left(2, 9), 2, {1, 2}),
        (lambda group: group.left(2, 9), None, {1}),
        (lambda group: group.listed([2, 5], 9), 5, {2, 5}),
        (lambda group: group.over(9), 1, {1, 2}),
        (lambda group: group.over(9), 7, {1, 2, 7}),
    ],
)
def test_it_is_the_members_after_it_and_who_caused_it_and_of_the_end_those_before(
    effect: Callable[[Group], Group], actor: int | None, audience: set[int]
) -> None:
    before = Group().joined(1, 1).joined(2, 2)
    assert of_khatma(before, effect(before), actor) == audience


def test_who_is_gone_was_never_in() -> None:
    assert Group().joined(1, 1).joined(2, 2).without({2}).members == {1}
