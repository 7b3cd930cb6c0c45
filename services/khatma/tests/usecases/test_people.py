"""Names and zones of people, as token and events tell them."""

import pytest

from contracts.auth import events as auth


def told(world, reader, kind=auth.USER_UPDATED, **data):
    known = {
        "username": reader.actor.username,
        "fullname": "",
        "timezone": "UTC",
        "day_starts_at": 0,
        "version": 1,
    }
    world.hear(kind, reader.id, **{**known, **data})


def test_a_name_is_known_before_its_event(world):
    layla, omar = world.person(fullname="ليلى حسن", version=1), world.person()
    khatma = layla.create(is_public=True)["id"]
    assert omar.get(khatma)["creator"]["fullname"] == "ليلى حسن"


def test_a_newer_name_replaces_an_older_one_and_never_the_other_way(world):
    layla, omar = world.person(version=1), world.person()
    khatma = layla.create(is_public=True)["id"]
    told(world, layla, fullname="ليلى", version=3)
    told(world, layla, fullname="قديم", version=2)
    told(world, layla, auth.USER_REGISTERED, fullname="أول", version=1)
    layla.create()  # with a token that still says version 1
    for reader in (layla, omar):
        assert reader.get(khatma)["creator"]["fullname"] == "ليلى"


def test_a_newer_token_is_believed_before_its_event(world):
    layla = world.person(version=1)
    khatma = layla.create(is_public=True)["id"]
    layla.actor = layla.actor.model_copy(update={"fullname": "ليلى", "version": 2})
    for seen in (
        layla.get(khatma)["creator"],
        layla.members(khatma)[0],
        layla.khatma_stats(khatma)["chapter_completion_status"][0]["assigned_user"],
    ):
        assert seen["fullname"] == "ليلى"
    layla.log(khatma, 1)
    assert world.person().get(khatma)["creator"]["fullname"] == "ليلى"


@pytest.mark.parametrize(("copy", "token", "day"), [(3, 2, "2026-03-03"), (2, 3, "2026-03-02")])
def test_today_follows_the_newer_of_token_and_copy(world, copy, token, day):
    layla = world.person(version=token)
    told(world, layla, timezone="Pacific/Kiritimati", version=copy)
    assert layla.create()["starts_on"] == day


def test_a_new_zone_rewrites_no_history(world):
    layla = world.person(version=1)
    khatma = layla.create()["id"]
    layla.log(khatma, 1)
    told(world, layla, timezone="Pacific/Kiritimati", version=2)
    assert layla.readings()[0]["reading_date"] == "2026-03-02"
    assert layla.stats()["current_streak"] == 1
    assert layla.log(khatma, 2)["reading_date"] == "2026-03-03"
    assert layla.stats()["current_streak"] == 2


def test_an_event_takes_effect_once(world):
    layla = world.person()
    event = world.hear(
        auth.USER_REGISTERED,
        layla.id,
        username="layla",
        fullname="ليلى",
        timezone="UTC",
        day_starts_at=0,
        version=5,
    )
    kept = world.row("select person.*, xmin::text from person where id = :id", id=layla.id)
    world.hear(event)
    assert kept["version"] == 5
    assert kept == world.row("select person.*, xmin::text from person where id = :id", id=layla.id)
