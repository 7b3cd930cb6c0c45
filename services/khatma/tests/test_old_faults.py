"""What the old implementations got wrong about khatmas: a test for each fault."""

from datetime import date, timedelta

import eventlet
import orjson
import pytest
from pydantic import ValidationError

from contracts.khatma.methods import CREATE_KHATMA, LIST_KHATMAS
from contracts.refusals import Conflict, Forbidden, Invalid, NotFound


def test_two_members_cannot_both_finish_a_chapter(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    layla.log(khatma, 9)
    with pytest.raises(Conflict):
        omar.log(khatma, 9)
    assert layla.khatma_stats(khatma)["total_chapters_read"] == 1


def test_leaving_does_not_return_a_finished_chapter_to_the_pool(world):
    layla, omar, sara = world.people(3)
    khatma = layla.create(is_public=True)["id"]
    omar.finish(khatma, omar.join(khatma))
    omar.leave(khatma)
    assert sara.join(khatma) == 3
    assert layla.get(khatma)["completion_percentage"] == 3.3


def test_a_member_cannot_log_a_chapter_that_is_not_theirs(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    with pytest.raises(Forbidden):
        omar.log(khatma, 1)


def test_a_stranger_cannot_edit_or_delete_a_public_khatma(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)
    with pytest.raises(Forbidden):
        omar.change(khatma["id"], name="x")
    with pytest.raises(Forbidden):
        omar.delete(khatma["id"])
    assert layla.get(khatma["id"]) == khatma


def test_a_private_khatma_cannot_be_joined_by_id(world):
    layla, omar = world.people(2)
    khatma = layla.create(khatma_type="private")["id"]
    with pytest.raises(NotFound):
        omar.join(khatma)
    assert layla.get(khatma)["participants_count"] == 1


@pytest.mark.parametrize("word", ["all", "", "MY_KHATMAS", None])
def test_no_filter_lists_others_private_khatmas(world, word):
    layla, omar = world.people(2)
    hidden = {layla.create(khatma_type="private")["id"], layla.create()["id"]}
    with pytest.raises(ValidationError):
        LIST_KHATMAS.request.model_validate({"filter": word})
    for known in ("my_khatmas", "public", "joinable", "completed"):
        assert not hidden & omar.ids(known)


def test_no_answer_and_no_event_holds_more_of_a_person_than_id_and_shown_name(world):
    layla, omar = world.person(fullname="ليلى حسن", username="layla.h"), world.person()
    khatma = layla.create(is_public=True)["id"]
    layla.log(khatma, 1)
    answers = [
        omar.get(khatma),
        omar.khatmas("public"),
        omar.members(khatma),
        omar.khatma_stats(khatma),
        [told.data for told in world.told(f"khatma/{khatma}")],
    ]
    written = orjson.dumps(answers).decode()
    assert "@" not in written
    assert "layla.h" not in written
    assert omar.get(khatma)["creator"] == {"id": layla.id, "fullname": "ليلى حسن"}


def test_eleven_simultaneous_joins_all_succeed(world):
    layla, people = world.person(), world.people(11)
    khatma = layla.create(is_public=True)["id"]
    threads = [eventlet.spawn(reader.join, khatma) for reader in people]
    assert sorted(thread.wait() for thread in threads) == list(range(2, 13))


def test_a_finished_khatma_does_not_stay_active(world):
    layla = world.person()
    khatma = layla.create(khatma_type="private")["id"]
    layla.finish(khatma, *range(1, 31))
    seen = layla.get(khatma)
    assert (seen["status"], seen["completion_percentage"]) == ("completed", 100.0)


def test_a_reading_date_of_2099_is_refused(world):
    layla = world.person()
    khatma = layla.create()["id"]
    with pytest.raises(Invalid) as refusal:
        layla.log(khatma, 1, day=date(2099, 1, 1))
    assert set(refusal.value.errors) == {"reading_date"}


@pytest.mark.parametrize("days", [999999999, 0, -1, 3651, True, "30.0", 30.5])
def test_a_target_of_impossible_days_is_refused(days):
    body = {"name": "ختمة", "khatma_type": "group", "target_days": days}
    with pytest.raises(ValidationError, match="target_days"):
        CREATE_KHATMA.request.model_validate(body)


def test_the_order_of_a_list_is_stable_and_no_page_repeats_or_skips(world):
    layla = world.person()
    made = [layla.create()["id"] for _ in range(7)]
    seen = []
    for _ in made:
        newest = layla.khatmas(after=seen[-1] if seen else None)[0]["id"]
        seen.append(newest)
    assert seen == made[::-1]


def test_achievements_and_streaks_are_written(world):
    layla = world.person()
    khatma = layla.create()["id"]
    for number in range(1, 8):
        layla.log(khatma, number)
        world.time += timedelta(days=1)
    assert layla.stats()["current_streak"] == 7
    assert layla.achievements() == ["streak_7"]
    assert [told.name for told in world.told(f"person/{layla.id}")] == ["achievement_earned"]
