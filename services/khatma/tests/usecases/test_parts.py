"""Who reads which part of a khatma."""

import pytest

from contracts.refusals import NotFound


def test_parts_that_are_held_or_done_are_listed_lowest_first(world):
    layla, omar = world.person(fullname="ليلى حسن"), world.person(username="omar")
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.choose(khatma, 9)
    world.sleep(hours=1)
    layla.log(khatma, 20)
    page = omar.parts(khatma)
    row = {"khatma": khatma, "is_completed": False, "completed_at": None}
    ours = {"id": layla.id, "fullname": "ليلى حسن"}
    noon, later = "2026-03-02T12:00:00.000000Z", "2026-03-02T13:00:00.000000Z"
    assert page == {
        "count": 3,
        "results": [
            {**row, "chapter_assigned": 1, "user": ours, "claimed_at": noon},
            {
                **row,
                "chapter_assigned": 9,
                "user": {"id": omar.id, "fullname": "omar"},
                "claimed_at": noon,
            },
            {
                **row,
                "chapter_assigned": 20,
                "is_completed": True,
                "user": ours,
                "claimed_at": later,
                "completed_at": later,
            },
        ],
        "khatma_creator_name": "ليلى حسن",
    }
    own = layla.parts(khatma, user="me")
    assert (own["count"], [row["chapter_assigned"] for row in own["results"]]) == (2, [1, 20])
    assert own["khatma_creator_name"] == "ليلى حسن"


def test_thirty_are_on_the_first_page_and_fewer_if_wanted(world):
    layla = world.person()
    khatma = layla.create(khatma_type="private")["id"]
    assert [row["chapter_assigned"] for row in layla.parts(khatma)["results"]] == [*range(1, 31)]
    third = layla.parts(khatma, page=3, page_size=12)
    assert third["count"] == 30
    assert [row["chapter_assigned"] for row in third["results"]] == [*range(25, 31)]
    with pytest.raises(NotFound, match="no page 4"):
        layla.parts(khatma, page=4, page_size=12)


def test_a_part_of_who_is_gone_has_no_name(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.log(khatma, 2)
    omar.vanish()
    assert layla.parts(khatma)["results"][1]["user"] == {"id": None, "fullname": ""}


def test_they_show_to_whom_the_khatma_does(world):
    layla, omar = world.people(2)
    hidden, public = layla.create()["id"], layla.create(is_public=True)["id"]
    assert omar.parts(public)["count"] == 1
    assert omar.parts(public, user="me") == {
        "count": 0,
        "results": [],
        "khatma_creator_name": layla.actor.username,
    }
    for khatma in (hidden, 2**63 - 1):
        with pytest.raises(NotFound):
            omar.parts(khatma)
    layla.invite(hidden, omar.id)
    assert omar.parts(hidden)["count"] == 1
