"""What anybody sees without a token, and one's own completed khatmas."""

import pytest

from khatma.store.homepage import SHOWN


@pytest.fixture
def empty(world):
    """Nobody else has a public khatma."""
    world.rows("update khatma set is_public = false where is_public returning 1")


def ids(khatmas):
    return [khatma["id"] for khatma in khatmas]


@pytest.mark.usefixtures("empty")
def test_the_public_khatmas_that_most_people_read_in(world):
    layla, omar, sara = world.people(3)
    made = [layla.create(is_public=True)["id"] for _ in range(SHOWN + 2)]
    hidden, done = layla.create()["id"], layla.create(is_public=True)["id"]
    layla.invite(hidden, omar.id)
    omar.join(hidden)
    layla.finish(done, *range(1, 31))
    omar.join(made[1])
    omar.join(made[0])
    sara.join(made[0])
    newest = made[:1:-1]
    assert ids(layla.homepage()) == [made[0], made[1], *newest][:SHOWN]
    omar.leave(made[1])
    assert ids(layla.homepage()) == [made[0], *newest][:SHOWN]
    layla.change(made[0], is_public=False)
    assert ids(layla.homepage()) == newest[:SHOWN]


@pytest.mark.usefixtures("empty")
def test_it_is_as_a_list_shows_it_to_nobody(world):
    layla = world.person(fullname="ليلى", visibility="everybody", version=1)
    khatma = layla.create(is_public=True)["id"]
    [listed] = layla.khatmas()
    assert listed["id"] == khatma
    assert layla.homepage() == [{**listed, "my_chapters": []}]


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("visibility", ["companions", "nobody"])
def test_a_creator_is_named_only_where_they_said_so(world, visibility):
    layla = world.person(fullname="ليلى", visibility=visibility, version=1)
    layla.create(is_public=True)
    [shown] = layla.homepage()
    assert shown["creator"] == {"id": None, "fullname": ""}
    layla.shows_to("everybody")
    [shown] = layla.homepage()
    assert shown["creator"] == {"id": layla.id, "fullname": "ليلى"}


@pytest.mark.usefixtures("empty")
def test_there_may_be_none(world):
    assert world.person().homepage() == []


def test_one_s_own_completed_khatmas(world):
    layla, omar = world.people(2)
    first, second, active = (layla.create(is_public=True)["id"] for _ in range(3))
    for khatma in (first, second):
        omar.join(khatma)
        omar.finish(khatma, 2)
        layla.intend(khatma, f"for {khatma}")
    omar.intend(first, "mine", "شفاء")
    for khatma in (second, first):
        layla.finish(khatma, 1, *range(3, 31))
    listed = {khatma["id"]: khatma for khatma in omar.khatmas("completed")}
    assert omar.completed() == [
        {**listed[second], "intention": [], "jza": [2]},
        {**listed[first], "intention": ["mine", "شفاء"], "jza": [2]},
    ]
    own = layla.completed()
    assert [(k["id"], k["intention"]) for k in own] == [
        (second, [f"for {second}"]),
        (first, [f"for {first}"]),
    ]
    assert own[0]["jza"] == [1, *range(3, 31)]
    assert ids(layla.completed(after=second)) == [first]
    assert layla.completed(after=first) == []
    omar.leave(first)
    assert ids(omar.completed()) == [second]
    assert active not in ids(own)
