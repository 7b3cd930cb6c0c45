"""What members intend: each sees and sets their own alone."""

import pytest
from pydantic import ValidationError

from contracts.khatma.intentions import LONGEST_INTENTION, MOST_INTENTIONS
from contracts.refusals import Forbidden, NotFound, Unauthenticated


@pytest.fixture
def group(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    return khatma, layla, omar


def test_each_member_has_a_list_of_their_own(group):
    khatma, layla, omar = group
    assert layla.intentions(khatma) == []
    assert layla.intend(khatma, "لجدتي", "شفاء المرضى") == ["لجدتي", "شفاء المرضى"]
    assert omar.intend(khatma, "For my son") == ["For my son"]
    assert layla.intentions(khatma) == ["لجدتي", "شفاء المرضى"]
    assert omar.intentions(khatma) == ["For my son"]


def test_what_is_said_replaces_what_was_there(group):
    khatma, layla, omar = group
    omar.intend(khatma, "For my son")
    layla.intend(khatma, "one", "two")
    layla.intend(khatma, "three")
    assert layla.intentions(khatma) == ["three"]
    assert layla.intend(khatma) == layla.intentions(khatma) == []
    assert omar.intentions(khatma) == ["For my son"]


def test_each_khatma_has_its_own(group):
    khatma, layla, _ = group
    other = layla.create()["id"]
    layla.intend(khatma, "one")
    layla.intend(other, "two")
    assert (layla.intentions(khatma), layla.intentions(other)) == (["one"], ["two"])


def test_whoever_is_no_member_has_none(world, group):
    khatma, layla, _ = group
    hidden = layla.create()["id"]
    stranger = world.person()
    for ask in (stranger.intentions, stranger.intend):
        with pytest.raises(Forbidden):
            ask(khatma)
        with pytest.raises(NotFound):
            ask(hidden)
        with pytest.raises(NotFound):
            ask(2**62)
    layla.invite(hidden, stranger.id)
    with pytest.raises(Forbidden):
        stranger.intend(hidden, "mine")


def test_who_leaves_takes_theirs_along(group):
    khatma, layla, omar = group
    omar.intend(khatma, "For my son")
    layla.intend(khatma, "mine")
    omar.leave(khatma)
    with pytest.raises(Forbidden):
        omar.intentions(khatma)
    omar.join(khatma)
    assert omar.intentions(khatma) == []
    assert layla.intentions(khatma) == ["mine"]


def test_they_go_with_the_khatma(world, group):
    khatma, layla, omar = group
    omar.intend(khatma, "For my son")
    layla.delete(khatma)
    assert world.rows("select 1 from intention where khatma_id = :id", id=khatma) == []


def test_an_heir_does_not_inherit_them(world, group):
    khatma, layla, omar = group
    layla.intend(khatma, "mine")
    omar.intend(khatma, "For my son")
    layla.vanish()
    assert world.rows("select person_id from intention where khatma_id = :id", id=khatma) == [
        {"person_id": omar.id}
    ]
    with pytest.raises(Unauthenticated):
        layla.intend(khatma, "late")


def test_no_event_and_no_record_of_a_command_holds_them(world, group):
    khatma, layla, _ = group
    before = world.row("select count(*) as n from outbox")["n"]
    layla.key = "a key of intentions"
    layla.intend(khatma, "a secret of hers")
    assert world.row("select count(*) as n from outbox")["n"] == before
    assert world.rows("select id from command where result like '%a secret of hers%'") == []


@pytest.mark.parametrize(
    "texts",
    [
        ["one"] * (MOST_INTENTIONS + 1),
        ["x" * (LONGEST_INTENTION + 1)],
        [""],
        [" "],
        ["\u200b\u2060"],
        ["\u202emine"],
        ["two\nlines"],
        ["\x00"],
        [7],
        [None],
        [["nested"]],
    ],
)
def test_what_is_no_list_of_short_lines_is_refused(group, texts):
    khatma, layla, _ = group
    layla.intend(khatma, "before")
    with pytest.raises(ValidationError):
        layla.intend(khatma, *texts)
    assert layla.intentions(khatma) == ["before"]


def test_as_many_and_as_long_as_may_be(group):
    khatma, layla, _ = group
    texts = ["ن" * LONGEST_INTENTION] * MOST_INTENTIONS
    assert layla.intend(khatma, *texts) == layla.intentions(khatma) == texts


def test_round_trips(group, messages):
    khatma, layla, _ = group
    assert messages(lambda: layla.intend(khatma, "one")) <= 2
    assert messages(lambda: layla.intentions(khatma)) <= 1
