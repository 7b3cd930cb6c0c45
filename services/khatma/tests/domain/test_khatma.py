"""The rules of one khatma."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khatma.domain.khatma import GROUP, PRIVATE, Khatma, check_publicity, due_on, first_parts
from khatma.domain.parts import Part, Parts
from khatma.domain.refusals import Clash, NotTheirs, Refused, Taken, Unknown, Wrong

START = date(2026, 3, 1)
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def khatma(kind=GROUP, creator=1, **fields):
    begun = Khatma(
        id=17,
        name="ختمة",
        description="",
        khatma_type=kind,
        is_public=False,
        target_days=30,
        starts_on=START,
        creator=creator,
        members=(creator,),
        parts=first_parts(kind, creator),
    )
    return replace(begun, **fields)


def complete(numbers=range(1, 31), member=1):
    return Parts(Part(number, member, done_at=NOW) for number in numbers)


def test_a_group_begins_with_the_first_part_and_a_private_one_with_all():
    assert [(part.number, part.member) for part in khatma().parts] == [(1, 1)]
    assert khatma(PRIVATE).parts.unfinished_of(1) == list(range(1, 31))


def test_a_private_khatma_cannot_be_public():
    check_publicity(PRIVATE, is_public=False)
    check_publicity(GROUP, is_public=True)
    with pytest.raises(Wrong) as wrong:
        check_publicity(PRIVATE, is_public=True)
    assert wrong.value.field == "is_public"


def test_only_members_know_of_a_khatma_that_is_not_public():
    assert khatma().shows_to(1)
    assert not khatma().shows_to(2)
    assert khatma(members=(1, 2)).shows_to(2)
    assert khatma(is_public=True).shows_to(2)


def test_joining_claims_the_lowest_open_part():
    begun = khatma(parts=Parts([Part(1, 1), Part(2, 1), Part(4, 1)]))
    after, joining = begun.joined_by(2)
    assert (joining.number, joining.is_new) == (3, True)
    assert after.members == (1, 2)
    assert after.parts.get(3) == Part(3, 2)


def test_a_member_joins_again_once_all_own_parts_are_done():
    begun, _ = khatma().joined_by(2)
    with pytest.raises(Clash, match="chapter 2"):
        begun.joined_by(2)
    after = begun.read_by(2, 2, completes=True, now=NOW)
    again, joining = after.joined_by(2)
    assert (joining.number, joining.is_new) == (3, False)
    assert again.members == (1, 2)


def test_nobody_joins_without_an_open_part():
    with pytest.raises(Clash):
        khatma(parts=complete()).joined_by(2)


def test_nobody_joins_anothers_private_khatma():
    with pytest.raises(Unknown):
        khatma(PRIVATE, parts=Parts()).joined_by(2)


def test_leaving_frees_undone_parts_only():
    begun = khatma(members=(1, 2), parts=Parts([Part(1, 2, done_at=NOW), Part(2, 2), Part(3, 1)]))
    after, freed = begun.left_by(2)
    assert freed == [2]
    assert after.members == (1,)
    assert after.parts.get(1) == Part(1, 2, done_at=NOW)
    assert after.parts.get(2) is None


@pytest.mark.parametrize("person", [1, 3])
def test_neither_the_creator_nor_a_stranger_leaves(person):
    with pytest.raises(Clash):
        khatma(members=(1, 2)).left_by(person)


def test_a_member_claims_and_finishes_an_open_part_in_one_step():
    after = khatma().read_by(1, 9, completes=True, now=NOW)
    assert after.parts.get(9) == Part(9, 1, done_at=NOW)


def chosen(it, person, number, now=NOW):
    return it.read_by(person, number, completes=False, now=now)


def test_an_open_part_is_theirs_who_choose_it():
    after = chosen(khatma(), 1, 9)
    assert after.parts.get(9) == Part(9, 1, chosen=True)
    assert after.parts.get(1) == Part(1, 1)


def test_keeping_one_s_own_part_changes_no_other():
    after = chosen(khatma(), 1, 1)
    assert list(after.parts) == [Part(1, 1, chosen=True)]
    assert chosen(after, 1, 1) == after


@pytest.mark.parametrize(
    ("is_public", "said", "most"), [(True, None, 1), (False, None, 30), (True, 3, 3), (False, 2, 2)]
)
def test_as_many_parts_as_one_may_choose(is_public, said, most):
    it = khatma(is_public=is_public, parts_at_once=said, members=(1, 2), parts=Parts())
    for number in range(1, most + 1):
        it = chosen(it, 2, number)
    assert it.parts.unfinished_of(2) == list(range(1, most + 1))
    if most < 30:
        with pytest.raises(Clash, match=r"Finish chapter 1|finish one first"):
            chosen(it, 2, 30)
        it = it.read_by(2, 1, completes=True, now=NOW)
        assert 30 in chosen(it, 2, 30).parts.unfinished_of(2)


def test_what_fell_to_a_member_makes_room_for_what_they_choose():
    joined, joining = khatma(is_public=True).joined_by(2)
    after = chosen(joined, 2, 9)
    assert joining.number == 2
    assert after.parts.of(2) == [9]
    assert 2 in after.parts.open
    with pytest.raises(Clash, match="chapter 9"):
        chosen(after, 2, 10)


def test_what_they_read_in_makes_no_room():
    joined, _ = khatma(is_public=True).joined_by(2)
    with pytest.raises(Clash, match="chapter 2"):
        chosen(chosen(joined, 2, 2), 2, 9)


def test_who_holds_more_than_one_may_chooses_nothing():
    begun = khatma(is_public=True, parts=Parts([Part(1, 1), Part(2, 1)]))
    with pytest.raises(Clash):
        chosen(begun, 1, 9)


def test_a_mis_tap_is_taken_back_within_a_day():
    done = khatma().read_by(1, 1, completes=True, now=NOW)
    for later in (timedelta(), timedelta(days=1)):
        assert chosen(done, 1, 1, NOW + later).parts.get(1) == Part(1, 1, chosen=True)
    with pytest.raises(Clash, match="a day ago"):
        chosen(done, 1, 1, NOW + timedelta(days=1, microseconds=1))


def test_what_one_has_done_is_done_however_often_one_says_so():
    done = khatma().read_by(1, 1, completes=True, now=NOW)
    assert done.read_by(1, 1, completes=True, now=NOW + timedelta(days=9)) == done


def test_what_is_taken_back_counts_among_those_at_once():
    it, _ = khatma(is_public=True).joined_by(2)
    it = chosen(it.read_by(2, 2, completes=True, now=NOW), 2, 9)
    with pytest.raises(Clash, match="Finish chapter 9"):
        chosen(it, 2, 2)
    it = it.read_by(2, 9, completes=True, now=NOW)
    assert chosen(it, 2, 2).parts.unfinished_of(2) == [2]
    with pytest.raises(Clash, match="Finish chapter 2"):
        chosen(chosen(it, 2, 2), 2, 9)


def test_what_fell_to_a_member_makes_room_for_what_they_take_back():
    it, _ = khatma(is_public=True).joined_by(2)
    again, joining = it.read_by(2, 2, completes=True, now=NOW).joined_by(2)
    after = chosen(again, 2, 2)
    assert (joining.number, after.parts.of(2)) == (3, [2])
    assert 3 in after.parts.open


def test_whoever_has_all_parts_takes_back_any():
    it = khatma(PRIVATE, parts_at_once=1).read_by(1, 9, completes=True, now=NOW)
    assert chosen(it, 1, 9).parts.unfinished_of(1) == list(range(1, 31))


def test_whose_a_part_is_is_told_to_who_wants_it():
    parts = Parts([Part(1, 1), Part(2, 1, done_at=NOW), Part(3, None, done_at=NOW)])
    begun = khatma(members=(1, 2), parts=parts)
    for number, member in [(1, 1), (2, 1), (3, None)]:
        with pytest.raises(Taken) as taken:
            chosen(begun, 2, number)
        assert taken.value.member == member
    assert taken.value.by("ليلى") == "Chapter 3 is done already, by ليلى."


@pytest.mark.parametrize("completes", [True, False])
def test_who_may_not_read(completes):
    begun = khatma(members=(1, 2), parts=Parts([Part(1, 1), Part(2, 2, done_at=NOW)]))
    with pytest.raises(NotTheirs):
        begun.read_by(3, 9, completes=completes, now=NOW)
    with pytest.raises(NotTheirs if completes else Taken):
        begun.read_by(2, 1, completes=completes, now=NOW)
    with pytest.raises(Taken):
        begun.read_by(1, 2, completes=completes, now=NOW)
    with pytest.raises(Clash, match="completed"):
        khatma(parts=complete()).read_by(1, 1, completes=completes, now=NOW)


def test_reading_days():
    begun, today = khatma(), START + timedelta(days=5)
    assert begun.reading_day(None, today) == today
    assert begun.reading_day(START, today) == START
    for day in (START - timedelta(days=1), today + timedelta(days=1)):
        with pytest.raises(Wrong) as wrong:
            begun.reading_day(day, today)
        assert wrong.value.field == "reading_date"


def test_a_reader_further_west_may_still_live_the_day_before_the_start():
    yesterday = START - timedelta(days=1)
    assert khatma().reading_day(None, yesterday) == yesterday
    with pytest.raises(Wrong):
        khatma().reading_day(START, yesterday)


def test_the_oldest_member_inherits():
    begun = khatma(
        members=(1, 5, 3), parts=Parts([Part(1, 1), Part(2, 1, done_at=NOW), Part(3, 5)])
    )
    after = begun.forgotten_by(1)
    assert (after.creator, after.members) == (5, (5, 3))
    assert {(part.number, part.member, part.done) for part in after.parts} == {
        (2, None, True),
        (3, 5, False),
    }
    assert khatma().forgotten_by(1) is None


def test_a_khatma_is_due_after_its_target():
    assert due_on(START, 30) == date(2026, 3, 31)


class _Command:
    def __init__(self, name, person, number, hours):
        self.name, self.person, self.number, self.now = name, person, number, NOW + hours * HOUR

    def __repr__(self):
        return f"{self.name}({self.person}, {self.number}, {self.now})"

    def on(self, it):
        if self.name == "join":
            return it.joined_by(self.person)[0]
        if self.name == "leave":
            return it.left_by(self.person)[0]
        if self.name == "forget":
            return it.forgotten_by(self.person) or it
        if self.name == "limit":
            return replace(it, parts_at_once=self.number)
        completes = self.name == "finish"
        return it.read_by(self.person, self.number, completes=completes, now=self.now)


commands = st.builds(
    _Command,
    st.sampled_from(["join", "leave", *["choose", "finish"] * 3, "limit", "forget"]),
    st.integers(1, 3),
    st.one_of(st.integers(1, 4), st.integers(1, 30)),
    st.integers(0, 48),
)


@given(
    st.lists(commands, min_size=20, max_size=100), st.sampled_from([None, 1, 2, 30]), st.booleans()
)
def test_the_laws_of_parts_hold_under_any_commands(steps, at_once, is_public):
    it = khatma(is_public=is_public, parts_at_once=at_once)
    for step in steps:
        before = it
        try:
            it = step.on(it)
        except Refused:
            it = before
        parts = it.parts
        assert len(parts.open) + len(parts.claimed) + len(parts.done) == 30
        undone = set(before.parts.done) - set(parts.done)
        # Only who did it takes it back, while the khatma is active.
        assert undone <= ({step.number} if step.name == "choose" else set())
        for number in undone:
            assert before.parts.get(number).member == parts.get(number).member == step.person
            assert not before.is_complete
        for member in it.members:  # But for what a lowered limit left.
            held = len(parts.unfinished_of(member))
            assert held <= max(it.most_at_once, len(before.parts.unfinished_of(member)))
        assert it.creator in it.members
        assert {part.member for part in parts if not part.done} <= set(it.members)
        assert len(set(it.members)) == len(it.members)
