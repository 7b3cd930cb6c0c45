"""Who sees another's figures and achievements: companions, unless they said otherwise."""

import pytest

from contracts.auth.events import USER_REGISTERED, USER_UPDATED
from contracts.khatma import methods
from contracts.refusals import NotFound
from khatma.store.people import people


@pytest.fixture
def read(world):
    """Somebody who has read three chapters on a day, and a stranger."""
    layla, stranger = world.people(2)
    khatma = layla.create(name="hidden")["id"]
    layla.finish(khatma, 1, 2, 3)
    stranger.create()
    return layla, stranger, khatma


def refused(asker, other):
    """Return what somebody reads who may not see the figures of `other`."""
    words = set()
    for ask in (asker.stats_of, asker.achievements_of):
        with pytest.raises(NotFound) as refusal:
            ask(other)
        words.add(str(refusal.value))
    [said] = words
    return said


def seen(asker, other):
    """Check that `asker` sees the figures of `other` as they do."""
    assert asker.stats_of(other) == other.stats()
    earned = [one["achievement"] for one in asker.achievements_of(other)]
    assert earned == other.achievements()


def test_one_sees_one_s_own(read):
    layla, _, _ = read
    seen(layla, layla)
    assert layla.achievements_of(layla) == layla.ask(methods.ACHIEVEMENTS)
    for visibility in ("nobody", "everybody", "companions"):
        layla.shows_to(visibility)
        seen(layla, layla)


def test_companions_see_one_another_while_they_are(world, read):
    layla, omar, _ = read
    refused(omar, layla)
    khatma = layla.create(is_public=True)["id"]
    refused(omar, layla)  # whoever may join it is in it no more than others
    omar.join(khatma)
    seen(omar, layla)
    seen(layla, omar)
    assert omar.stats_of(layla)["total_chapters_read"] == 3
    omar.leave(khatma)
    refused(omar, layla)
    refused(layla, omar)


def test_an_invitation_shows_nothing(read):
    layla, omar, khatma = read
    layla.invite(khatma, omar.id)
    refused(omar, layla)
    refused(layla, omar)


def test_members_of_a_completed_khatma_are_companions_until_it_is_deleted(read):
    layla, omar, _ = read
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    omar.finish(khatma, 2)
    layla.finish(khatma, 1, *range(3, 31))
    seen(omar, layla)
    layla.delete(khatma)
    refused(omar, layla)


def test_everybody_or_nobody_where_one_says_so(read):
    layla, omar, khatma = read
    layla.shows_to("everybody")
    seen(omar, layla)
    refused(layla, omar)
    layla.invite(khatma, omar.id)
    omar.join(khatma)
    layla.shows_to("nobody")
    refused(omar, layla)
    seen(layla, omar)
    layla.shows_to("companions")
    seen(omar, layla)


def test_the_refusal_does_not_tell_who_is_there(world, read):
    layla, omar, _ = read
    hidden = refused(omar, layla)
    unknown = world.person()
    assert refused(omar, unknown) == hidden
    layla.shows_to("everybody")
    layla.vanish()
    assert refused(omar, layla) == hidden


def test_who_is_being_erased_is_shown_to_nobody_any_more(world, read):
    """The tombstone comes first; their khatmas go one by one after it."""
    layla, omar, _ = read
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    seen(omar, layla)
    world.db.transact(lambda tx: people.bury(tx, layla.id, world.time))
    refused(omar, layla)


def test_an_event_without_it_means_companions(world, read):
    layla, omar, _ = read
    world.hear(USER_REGISTERED, layla.id, username="layla", version=5)
    refused(omar, layla)
    world.hear(USER_UPDATED, layla.id, username="layla", visibility="everybody", version=6)
    seen(omar, layla)
    world.hear(USER_UPDATED, layla.id, username="layla", visibility="nobody", version=4)
    seen(omar, layla)


def test_a_token_says_it_before_the_event_comes(world):
    layla, omar = world.person(visibility="nobody", version=3), world.person()
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    refused(omar, layla)
    world.hear(USER_UPDATED, layla.id, username="u", visibility="nobody", version=3)
    refused(omar, layla)


def test_a_khatma_is_named_to_who_may_know_of_it(read):
    layla, omar, hidden = read
    layla.finish(hidden, *range(4, 31))
    own = layla.ask(methods.ACHIEVEMENTS)
    assert {one["khatma_name"] for one in own if one["khatma"] == hidden} == {"hidden"}
    unnamed = [{**one, "khatma": None, "khatma_name": None} for one in own]
    assert unnamed != own
    layla.shows_to("everybody")
    assert omar.achievements_of(layla) == unnamed
    layla.change(hidden, is_public=True)
    assert omar.achievements_of(layla) == own
    layla.delete(hidden)
    assert omar.achievements_of(layla) == unnamed
    assert layla.achievements_of(layla) == own


def test_the_day_is_that_of_whose_figures_they_are(world):
    """Noon in UTC is tomorrow already where she reads; yesterday's streak of hers lives on."""
    layla, omar = world.person(timezone="Pacific/Kiritimati", version=1), world.person()
    khatma = layla.create(is_public=True)["id"]
    omar.join(khatma)
    layla.finish(khatma, 1)
    world.sleep(hours=23)
    assert omar.stats_of(layla) == layla.stats()
    assert omar.stats_of(layla)["current_streak"] == 1
    world.sleep(hours=24)
    assert omar.stats_of(layla)["current_streak"] == layla.stats()["current_streak"] == 0
