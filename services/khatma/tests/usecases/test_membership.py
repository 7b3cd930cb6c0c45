"""Joining, leaving, inviting."""

import pytest

from contracts.refusals import Conflict, Forbidden, NotFound


def test_each_who_joins_gets_the_lowest_open_part(world):
    layla, omar, sara = world.people(3)
    khatma = layla.create(is_public=True)["id"]
    assert omar.join(khatma) == 2
    layla.log(khatma, 3)
    assert sara.join(khatma) == 4
    omar.leave(khatma)
    assert omar.join(khatma) == 2
    assert layla.get(khatma)["participants_count"] == 3


def test_join_again_only_when_all_own_parts_are_done(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    with pytest.raises(Conflict):
        omar.join(khatma)
    with pytest.raises(Conflict):
        layla.join(khatma)
    omar.log(khatma, 2)
    assert omar.join(khatma) == 3
    assert omar.get(khatma)["participants_count"] == 2


def test_no_open_part_is_a_conflict(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    layla.finish(khatma, *range(1, 30))
    layla.join(khatma)
    with pytest.raises(Conflict):
        omar.join(khatma)
    assert omar.stats()["total_khatmas"] == 0


def test_nobody_joins_what_they_may_not_know_of(world):
    layla, omar = world.people(2)
    for khatma in (layla.create()["id"], layla.create(khatma_type="private")["id"], 2**63 - 1):
        with pytest.raises(NotFound):
            omar.join(khatma)


def test_leaving_frees_undone_parts_only(world):
    layla, omar, sara = world.people(3)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.log(khatma, 2)
    omar.join(khatma)
    omar.leave(khatma)
    assert sara.join(khatma) == 3
    with pytest.raises(Conflict):
        layla.log(khatma, 2)
    assert omar.get(khatma)["my_chapters"] == [2]
    assert omar.stats()["total_chapters_read"] == 1
    assert omar.stats()["total_khatmas"] == 0
    assert [member["id"] for member in layla.members(khatma)] == [layla.id, sara.id]


def test_who_cannot_leave(world):
    layla, omar = world.people(2)
    public, hidden = layla.create(is_public=True)["id"], layla.create()["id"]
    with pytest.raises(Conflict, match="creator"):
        layla.leave(public)
    with pytest.raises(Conflict):
        omar.leave(public)
    with pytest.raises(NotFound):
        omar.leave(hidden)


def test_one_who_left_what_is_not_public_knows_of_it_no_more(world):
    layla, omar = world.people(2)
    khatma = layla.create()["id"]
    layla.invite(khatma, omar.id)
    omar.join(khatma)
    omar.leave(khatma)
    for attempt in (omar.get, omar.join, omar.leave, omar.members, omar.khatma_stats):
        with pytest.raises(NotFound):
            attempt(khatma)


def test_leaving_a_completed_khatma_keeps_its_credit(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.log(khatma, 2)
    layla.finish(khatma, 1, *range(3, 31))
    before = omar.stats()
    omar.leave(khatma)
    assert omar.stats() == before
    assert before["completed_khatmas"] == 1
    assert omar.ids("completed") == set()


def test_members_show_what_they_hold_and_have_done(world):
    layla = world.person(fullname="ليلى حسن", username="layla")
    omar = world.person(username="omar")
    khatma = layla.create(is_public=True)["id"]
    world.sleep(hours=1)
    omar.join(khatma)
    omar.finish(khatma, 2, 9)
    omar.join(khatma)
    assert world.person().members(khatma) == [
        {
            "id": layla.id,
            "fullname": "ليلى حسن",
            "joined_at": "2026-03-02T12:00:00.000000Z",
            "chapters_held": [1],
            "chapters_done": [],
        },
        {
            "id": omar.id,
            "fullname": "omar",
            "joined_at": "2026-03-02T13:00:00.000000Z",
            "chapters_held": [3],
            "chapters_done": [2, 9],
        },
    ]


def test_the_invited_see_it_and_join(world):
    layla, omar = world.people(2)
    khatma = layla.create()["id"]
    layla.invite(khatma, omar.id)
    assert omar.get(khatma)["participants_count"] == 1
    assert omar.join(khatma) == 2


def test_any_member_invites(world):
    layla, omar, sara = world.people(3)
    khatma = layla.create(is_public=True)["id"]
    with pytest.raises(Forbidden):
        omar.invite(khatma, sara.id)
    omar.join(khatma)
    omar.invite(khatma, sara.id)
    (told,) = world.told(f"person/{sara.id}")
    assert told.name == "member_invited"
    assert told.data == {"khatma": khatma, "by": omar.id, "khatma_name": "ختمة"}


def test_an_invitation_answers_the_same_whoever_it_names(world):
    layla, omar, sara = world.people(3)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    sara.create()
    sara.vanish()
    nour = world.person()
    named = [None, omar.id, layla.id, sara.id, nour.id, nour.id]
    answers = [layla.invite(khatma, member) for member in named]
    assert len({answer["message"] for answer in answers}) == 1
    told = {each.id: len(world.told(f"person/{each.id}")) for each in (omar, layla, sara, nour)}
    assert told == {omar.id: 0, layla.id: 0, sara.id: 1, nour.id: 1}  # hers: that she is gone


def test_a_khatmas_events_do_not_tell_whether_the_invited_has_an_account(world):
    """Nor do their numbers, among which one that its members are not shown would be missed."""
    layla, omar = world.people(2)
    seen = []
    for invited in (None, omar.id):
        khatma = layla.create(name="a")["id"]
        layla.invite(khatma, invited)
        layla.change(khatma, name="b")
        rows = world.rows(
            "select type, sequence from outbox where subject = :subject order by id",
            subject=f"khatma/{khatma}",
        )
        seen.append([(row["type"], row["sequence"]) for row in rows])
    assert seen[0] == seen[1] == [("khatma.created.v1", 1), ("khatma.updated.v1", 2)]


def test_who_and_what_cannot_invite(world):
    layla, omar = world.people(2)
    with pytest.raises(Conflict):
        layla.invite(layla.create(khatma_type="private")["id"], omar.id)
    with pytest.raises(NotFound):
        omar.invite(layla.create()["id"], omar.id)
    done = layla.create()["id"]
    layla.finish(done, *range(1, 31))
    for member in (omar.id, None):
        with pytest.raises(Conflict):
            layla.invite(done, member)
