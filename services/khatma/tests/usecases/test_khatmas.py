"""Making, seeing, listing, changing and deleting khatmas."""

import pytest

from contracts.refusals import Forbidden, Invalid, NotFound


def test_a_new_group_khatma(world):
    layla = world.person(fullname="ليلى حسن")
    khatma = layla.create(name="ختمة رمضان", description="معًا\n", is_public=True)
    assert khatma == {
        "id": khatma["id"],
        "name": "ختمة رمضان",
        "description": "معًا\n",
        "khatma_type": "group",
        "target_days": 30,
        "is_public": True,
        "parts_at_once": 1,
        "status": "active",
        "creator": {"id": layla.id, "fullname": "ليلى حسن"},
        "created_at": "2026-03-02T12:00:00.000000Z",
        "starts_on": "2026-03-02",
        "due_on": "2026-04-01",
        "completed_at": None,
        "completion_percentage": 0.0,
        "participants_count": 1,
        "my_chapters": [1],
        "participants": [
            {
                "id": layla.id,
                "user": {"id": layla.id, "fullname": "ليلى حسن"},
                "joined_at": "2026-03-02T12:00:00.000000Z",
                "chapter_assigned": 1,
                "is_chapter_completed": False,
            }
        ],
        "is_participant": True,
        "can_join": False,
        "available_chapters": list(range(2, 31)),
        "days_remaining": 30,
        "start_date": "2026-03-02",
        "end_date": "2026-04-01",
        "recent_sessions": [],
    }
    assert layla.get(khatma["id"]) == khatma
    [listed] = layla.khatmas()
    assert listed == {name: khatma[name] for name in listed}
    assert len(listed) == 16


def test_a_group_is_not_public_unless_said(world):
    assert world.person().create()["is_public"] is False


def test_all_parts_of_a_private_khatma_are_its_creators(world):
    assert world.person().create(khatma_type="private")["my_chapters"] == list(range(1, 31))


def test_a_private_khatma_cannot_be_public(world):
    layla = world.person()
    with pytest.raises(Invalid) as refusal:
        layla.create(khatma_type="private", is_public=True)
    assert set(refusal.value.errors) == {"is_public"}
    assert layla.khatmas() == []


def test_it_starts_on_the_creators_today(world):
    world.time = world.time.replace(hour=23)
    assert world.person(timezone="Asia/Riyadh").create()["starts_on"] == "2026-03-03"
    assert world.person(day_starts_at=90).create()["starts_on"] == "2026-03-02"


def test_a_missing_fullname_shows_the_username(world):
    layla = world.person(username="layla")
    assert layla.create()["creator"] == {"id": layla.id, "fullname": "layla"}


def test_who_may_see_a_khatma(world):
    layla, omar = world.people(2)
    hidden, shown = layla.create()["id"], layla.create(is_public=True)["id"]
    assert omar.get(shown)["my_chapters"] == []
    for look in (omar.get, omar.members, omar.khatma_stats):
        look(shown)
        with pytest.raises(NotFound):
            look(hidden)
        with pytest.raises(NotFound):
            look(2**63 - 1)


def test_the_filters(world):
    layla, omar, sara = world.people(3)
    own = layla.create()["id"]
    public = omar.create(is_public=True)["id"]
    joined = omar.create(is_public=True)["id"]
    hidden = omar.create()["id"]
    invited = omar.create()["id"]
    alone = layla.create(khatma_type="private")["id"]
    layla.join(joined)
    omar.invite(invited, layla.id)
    layla.finish(alone, *range(1, 31))
    everything = {own, public, joined, hidden, invited, alone}
    assert layla.ids("my_khatmas") & everything == {own, joined}
    assert layla.ids("public") & everything == {public, joined}
    assert layla.ids("joinable") & everything == {public, invited}
    assert layla.ids("completed") & everything == {alone}
    assert sara.ids("joinable") & everything == {public, joined}


def test_a_khatma_without_an_open_part_is_not_joinable(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    for number in range(2, 30):
        layla.log(khatma, number)
    layla.finish(khatma, 1)
    assert khatma in omar.ids("joinable")
    layla.join(khatma)
    assert khatma not in omar.ids("joinable")
    assert khatma in omar.ids("public")


@pytest.mark.parametrize("which", ["my_khatmas", "public", "completed", "joinable"])
def test_lists_are_newest_first_and_go_on_after_an_id(world, which):
    layla, omar = world.people(2)
    made = [layla.create(is_public=True)["id"] for _ in range(3)]
    if which == "completed":
        for khatma in made:
            layla.finish(khatma, *range(1, 31))
    reader = omar if which == "joinable" else layla
    listed = [khatma["id"] for khatma in reader.khatmas(which) if khatma["id"] in made]
    assert listed == made[::-1]
    following = [khatma["id"] for khatma in reader.khatmas(which, after=made[2])]
    assert following[:2] == [made[1], made[0]]
    assert made[2] not in following


def test_a_list_holds_two_hundred_at_most(world):
    layla = world.person()
    made = [layla.create()["id"] for _ in range(201)]
    assert [khatma["id"] for khatma in layla.khatmas()] == made[:0:-1]
    assert [khatma["id"] for khatma in layla.khatmas(after=made[1])] == [made[0]]


def test_each_sees_their_own_chapters_in_a_list(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.log(khatma, 7)
    assert omar.khatmas()[0]["my_chapters"] == [2, 7]
    assert layla.khatmas()[0]["my_chapters"] == [1]


def test_the_creator_changes_it(world):
    layla = world.person()
    khatma = layla.create()
    changed = layla.change(khatma["id"], name="أخرى", target_days=10, is_public=True)
    assert changed == {
        **khatma,
        "name": "أخرى",
        "target_days": 10,
        "is_public": True,
        "parts_at_once": 1,
        "due_on": "2026-03-12",
        "end_date": "2026-03-12",
        "days_remaining": 10,
    }
    assert layla.get(khatma["id"]) == changed


def test_a_change_keeps_what_it_does_not_name(world):
    layla = world.person()
    khatma = layla.create(description="معًا")
    assert layla.change(khatma["id"], name="أخرى") == {**khatma, "name": "أخرى"}
    assert layla.change(khatma["id"], description="") == {
        **khatma,
        "name": "أخرى",
        "description": "",
    }


def test_its_type_is_fixed_and_sending_it_back_changes_nothing(world):
    layla = world.person()
    khatma = layla.create()
    assert layla.change(khatma["id"], khatma_type="private") == khatma


def test_a_private_khatma_stays_private(world):
    layla = world.person()
    khatma = layla.create(khatma_type="private")
    with pytest.raises(Invalid) as refusal:
        layla.change(khatma["id"], is_public=True, name="x")
    assert set(refusal.value.errors) == {"is_public"}
    assert layla.change(khatma["id"], is_public=False) == khatma


def test_deleting_takes_it_from_view_and_leaves_the_credit(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.log(khatma, 2)
    before = omar.stats()
    assert before["total_khatmas"] == 1
    layla.delete(khatma)
    for reader in (layla, omar):
        with pytest.raises(NotFound):
            reader.get(khatma)
        assert khatma not in reader.ids("my_khatmas") | reader.ids("public")
        assert reader.stats()["total_khatmas"] == 0
        assert reader.dashboard()["active_khatmas"] == []
    assert omar.stats() == {**before, "total_khatmas": 0}
    assert [reading["chapter_assigned"] for reading in omar.readings()] == [2]
    with pytest.raises(NotFound):
        layla.delete(khatma)


def test_a_completed_khatma_keeps_its_credit_when_deleted(world):
    layla = world.person()
    khatma = layla.create(khatma_type="private")["id"]
    layla.finish(khatma, *range(1, 31))
    earned, before = layla.achievements(), layla.stats()
    layla.delete(khatma)
    assert layla.stats() == before
    assert before["completed_khatmas"] == 1
    assert layla.achievements() == earned


@pytest.mark.parametrize(("public", "refusal"), [(True, Forbidden), (False, NotFound)])
def test_a_stranger_neither_changes_nor_deletes(world, public, refusal):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=public)
    for attempt in (lambda: omar.change(khatma["id"], name="x"), lambda: omar.delete(khatma["id"])):
        with pytest.raises(refusal):
            attempt()
    assert layla.get(khatma["id"]) == khatma


def test_a_member_and_an_invited_person_may_look_but_not_change(world):
    layla, omar, sara = world.people(3)
    khatma = layla.create()["id"]
    for reader in (omar, sara):
        layla.invite(khatma, reader.id)
    omar.join(khatma)
    for reader in (omar, sara):
        reader.get(khatma)
        with pytest.raises(Forbidden):
            reader.change(khatma, name="x")
        with pytest.raises(Forbidden):
            reader.delete(khatma)
