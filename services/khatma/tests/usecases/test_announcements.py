"""What is announced, in which order, and what is not."""

import pytest

from contracts.refusals import Refusal


def names(world, khatma):
    return [told.name for told in world.told(f"khatma/{khatma}")]


def test_the_life_of_a_khatma(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.log(khatma, 2, done=False)
    omar.log(khatma, 2)
    omar.log(khatma, 9)
    omar.join(khatma)
    omar.leave(khatma)
    layla.change(khatma, name="أخرى")
    layla.delete(khatma)
    about = {
        "name": "ختمة",
        "khatma_type": "group",
        "is_public": True,
        "target_days": 30,
        "creator": layla.id,
    }
    part = {
        "member": omar.id,
        "reading_date": "2026-03-02",
        "other_members": [layla.id],
        "khatma_name": "ختمة",
    }
    claimed = {"member": omar.id, "khatma_name": "ختمة", "parts_freed": []}
    told = world.told(f"khatma/{khatma}")
    assert [(one.name, one.data) for one in told] == [
        ("created", about),
        ("member_joined", {"member": omar.id, "creator": layla.id, "khatma_name": "ختمة"}),
        ("parts_claimed", {**claimed, "chapters": [2]}),
        ("progress_noted", {"member": omar.id, "chapter": 2, "reading_date": "2026-03-02"}),
        ("part_completed", {**part, "chapter": 2, "done": 1}),
        ("part_completed", {**part, "chapter": 9, "done": 2}),
        ("parts_claimed", {**claimed, "chapters": [3]}),
        ("member_left", {"member": omar.id, "parts_freed": [3], "account_deleted": False}),
        ("updated", {**about, "name": "أخرى"}),
        ("deleted", {**about, "name": "أخرى"}),
    ]
    assert [one.actor for one in told] == [layla.id, *[omar.id] * 7, layla.id, layla.id]


def test_nothing_is_announced_of_a_change_that_changes_nothing(world):
    layla = world.person()
    khatma = layla.create()
    layla.change(khatma["id"], name=khatma["name"])
    layla.change(khatma["id"])
    assert names(world, khatma["id"]) == ["created"]


def test_nothing_is_announced_of_what_was_refused(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    for attempt in (
        lambda: layla.join(khatma),
        lambda: layla.leave(khatma),
        lambda: omar.log(khatma, 1),
        lambda: omar.change(khatma, name="x"),
        lambda: omar.delete(khatma),
    ):
        with pytest.raises(Refusal):
            attempt()
    assert names(world, khatma) == ["created"]


def test_sequences_have_no_gap(world):
    layla = world.person()
    khatma = layla.create(khatma_type="private")["id"]
    layla.finish(khatma, *range(1, 31))
    found = world.rows(
        "select sequence from outbox where subject = :about order by id", about=f"khatma/{khatma}"
    )
    assert [row["sequence"] for row in found] == list(range(1, 33))
