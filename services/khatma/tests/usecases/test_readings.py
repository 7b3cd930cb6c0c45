"""Reading sessions."""

from datetime import date, timedelta

import pytest

from contracts.refusals import Conflict, Forbidden, Invalid, NotFound

TODAY = date(2026, 3, 2)
ONE_DAY = timedelta(days=1)


def test_the_holder_finishes_a_part(world):
    layla = world.person()
    khatma = layla.create()["id"]
    reading = layla.log(khatma, 1, notes="الحمد لله")
    assert reading == {
        "id": reading["id"],
        "khatma": khatma,
        "chapter_assigned": 1,
        "is_completed": True,
        "reading_date": "2026-03-02",
        "notes": "الحمد لله",
        "created_at": "2026-03-02T12:00:00.000000Z",
    }
    assert layla.readings() == [reading]
    assert layla.get(khatma)["completion_percentage"] == 3.3
    assert world.counters(khatma) == {
        "open_parts": 29,
        "done_parts": 1,
        "member_count": 1,
        "completed": False,
    }


def test_reading_without_completing_is_recorded_and_finishes_nothing(world):
    layla, omar = world.people(2)
    khatma = layla.create()["id"]
    layla.log(khatma, 1, done=False)
    layla.log(khatma, 2, done=False)
    assert [(r["chapter_assigned"], r["is_completed"]) for r in layla.readings()] == [
        (2, False),
        (1, False),
    ]
    assert layla.get(khatma)["my_chapters"] == [1, 2]
    assert layla.stats()["total_chapters_read"] == 0
    layla.invite(khatma, omar.id)
    assert omar.join(khatma) == 3


@pytest.mark.parametrize("done", [True, False])
def test_what_is_refused(world, done):
    layla, omar, sara = world.people(3)
    khatma, hidden = layla.create(is_public=True)["id"], layla.create()["id"]
    omar.join(khatma)
    layla.log(khatma, 1)
    refusals = [
        (omar, khatma, 1, Conflict),
        (layla, khatma, 2, Forbidden if done else Conflict),
        (sara, khatma, 9, Forbidden),
        (sara, hidden, 9, NotFound),
        (sara, 2**63 - 1, 9, NotFound),
    ]
    for reader, where, number, refusal in refusals:
        with pytest.raises(refusal):
            reader.log(where, number, done=done)
    assert sara.readings() == []
    assert omar.readings() == []


def test_finishing_again_changes_the_notes_alone(world):
    layla = world.person()
    khatma = layla.create()["id"]
    done = layla.log(khatma, 1, notes="تم")
    world.sleep(days=2)
    before = layla.stats(), layla.khatma_stats(khatma), layla.dashboard()["today_chapters"]
    told = len(world.told(f"khatma/{khatma}"))
    assert layla.log(khatma, 1) == done
    again = layla.log(khatma, 1, notes="تم بحمد الله", day=TODAY + ONE_DAY)
    assert again == {**done, "notes": "تم بحمد الله"}
    assert layla.readings() == [again]
    after = layla.stats(), layla.khatma_stats(khatma), layla.dashboard()["today_chapters"]
    assert after == before
    assert len(world.told(f"khatma/{khatma}")) == told
    with pytest.raises(Invalid):
        layla.log(khatma, 1, day=TODAY + 3 * ONE_DAY)


def test_days_that_do_not_fit_name_the_field(world):
    layla = world.person()
    khatma = layla.create()["id"]
    world.sleep(days=3)
    for day in (TODAY - ONE_DAY, TODAY + 4 * ONE_DAY, date(2099, 1, 1)):
        with pytest.raises(Invalid) as refusal:
            layla.log(khatma, 1, day=day)
        assert set(refusal.value.errors) == {"reading_date"}
    assert layla.log(khatma, 1, day=TODAY)["reading_date"] == "2026-03-02"
    assert layla.log(khatma, 2, day=TODAY + 3 * ONE_DAY)["reading_date"] == "2026-03-05"


def test_today_is_the_readers_own(world):
    layla, omar = world.person(), world.person(timezone="Pacific/Kiritimati")
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    assert omar.log(khatma, 2)["reading_date"] == "2026-03-03"
    with pytest.raises(Invalid):
        layla.log(khatma, 1, day=TODAY + ONE_DAY)


def test_a_reader_further_west_reads_on_their_own_today(world):
    layla = world.person(timezone="Pacific/Kiritimati")
    omar = world.person(timezone="Pacific/Pago_Pago")
    world.time = world.time.replace(hour=10, minute=30)
    khatma = layla.create(is_public=True)
    assert khatma["starts_on"] == "2026-03-03"
    omar.join(khatma["id"])
    assert omar.log(khatma["id"], 2)["reading_date"] == "2026-03-01"


def test_the_thirtieth_part_completes_the_khatma_for_everybody_once(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    layla.finish(khatma, 1, *range(3, 31))
    assert omar.get(khatma)["status"] == "active"
    world.sleep(hours=1)
    omar.log(khatma, 2)
    for reader in (layla, omar):
        seen = reader.get(khatma)
        assert (seen["status"], seen["completed_at"]) == (
            "completed",
            "2026-03-02T13:00:00.000000Z",
        )
        assert seen["completion_percentage"] == 100.0
        assert reader.ids("completed") == {khatma}
        assert "first_khatma" in reader.achievements()
        assert reader.stats()["completed_khatmas"] == 1
        assert reader.dashboard()["active_khatmas"] == []
    done = [told.data for told in world.told(f"khatma/{khatma}") if told.name == "completed"]
    assert done == [
        {
            "members": [layla.id, omar.id],
            "creator": layla.id,
            "completed_at": "2026-03-02T13:00:00.000000Z",
            "khatma_name": "ختمة",
        }
    ]


@pytest.mark.parametrize("done", [True, False])
def test_nothing_is_logged_in_a_completed_khatma(world, done):
    layla = world.person()
    khatma = layla.create(khatma_type="private")["id"]
    layla.finish(khatma, *range(1, 31))
    with pytest.raises(Conflict):
        layla.log(khatma, 1, done=done)
    with pytest.raises(Conflict):
        layla.join(khatma)


def test_readings_are_ones_own_newest_first_of_one_khatma_or_all(world):
    layla, omar = world.people(2)
    first, second = layla.create(is_public=True)["id"], layla.create()["id"]
    omar.join(first)
    omar.log(first, 2)
    ids = [
        layla.log(khatma, number)["id"]
        for khatma, number in [(first, 1), (second, 1), (first, 3), (second, 2)]
    ]
    listed = [reading["id"] for reading in layla.readings()]
    assert listed == ids[::-1]
    assert [reading["id"] for reading in layla.readings(khatma=first)] == [ids[2], ids[0]]
    assert [reading["id"] for reading in layla.readings(after=ids[2])] == [ids[1], ids[0]]
    assert [r["id"] for r in layla.readings(khatma=second, after=ids[3])] == [ids[1]]


def test_readings_hold_two_hundred_at_most(world):
    layla = world.person()
    khatmas = [layla.create()["id"] for _ in range(7)]
    parts = [(khatma, number) for khatma in khatmas for number in range(1, 31)][:201]
    ids = [layla.log(khatma, number, done=False)["id"] for khatma, number in parts]
    assert [reading["id"] for reading in layla.readings()] == ids[:0:-1]
