"""What a person may be shown of what happened, and the words that choose among it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.activity import SHOWN, chosen
from contracts.catalogue import EVENTS
from contracts.notify.methods import ListActivity


def test_accounts_the_board_and_tombstones_are_for_services() -> None:
    assert set(EVENTS) - set(SHOWN) == {
        "auth.session_ended.v1",
        "auth.user_deleted.v1",
        "auth.user_registered.v1",
        "auth.user_updated.v1",
        "khatma.data_erased.v1",
        "khatma.member_invited.v1",
        "khatma.members_listed.v1",
        "notify.data_erased.v1",
        "notify.webhook_tested.v1",
        "practice.data_erased.v1",
        "practice.leader_changed.v1",
    }


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["khatma.completed.v1"], ["khatma.completed.v1"]),
        (["khatma.completed"], ["khatma.completed.v1"]),
        (["*.completed"], ["khatma.completed.v1"]),
        (["khatma.#"], [name for name in SHOWN if name.startswith("khatma.")]),
        (["khatma.*"], [name for name in SHOWN if name.startswith("khatma.")]),
        (["#"], list(SHOWN)),
        (["#.completed.#"], ["khatma.completed.v1"]),
        (["*.*.v1"], [name for name in SHOWN if name.endswith(".v1")]),
        (
            ["practice.sessions_cleared", "khatma.deleted.v1"],
            ["khatma.deleted.v1", "practice.sessions_cleared.v1"],
        ),
    ],
)
def test_types_are_chosen_by_name_or_as_a_topic_exchange_chooses(
    words: list[str], names: list[str]
) -> None:
    assert chosen(words) == names


@pytest.mark.parametrize(
    "word", ["", "khatma", "khatma.", "khatma.completed.v2", "*", "auth.#", "completed", "k*.#"]
)
def test_a_word_that_chooses_nothing_is_refused_by_naming_what_there_is(word: str) -> None:
    with pytest.raises(ValueError, match="must each choose among khatma") as refused:
        chosen(["khatma.#", word])
    assert all(name in str(refused.value) for name in SHOWN)
    assert str(refused.value).endswith("word 2 chooses none")


@given(st.lists(st.sampled_from(["#", "*", "khatma", "completed", "created", "v1"]), max_size=6))
def test_a_pattern_chooses_what_the_same_pattern_written_as_a_regular_expression_does(
    words: list[str],
) -> None:
    """`#` is any number of words with their dots, `*` is one."""
    written = "".join(
        r"(\.[^.]+)*" if w == "#" else rf"\.{'[^.]+' if w == '*' else w}" for w in words
    )
    regular = re.compile(written + r"(\.v[0-9]+)?" if words else r"(?!)")
    wanted = [name for name in SHOWN if regular.fullmatch(f".{name}")]
    if wanted:
        assert chosen([".".join(words)]) == wanted
    else:
        with pytest.raises(ValueError, match="chooses none"):
            chosen([".".join(words)])


def test_one_reads_on_in_one_direction() -> None:
    with pytest.raises(ValidationError, match="not both"):
        ListActivity(after=1, before=5)
