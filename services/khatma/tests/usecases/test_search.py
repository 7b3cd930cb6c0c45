"""Finding khatmas by words."""

import eventlet
import pytest

from chassis.testing import made
from contracts.auth import events as auth
from contracts.khatma import methods
from contracts.refusals import Invalid
from khatma.store import khatmas
from khatma.store import search as store
from khatma.usecases import search as searching


@pytest.fixture
def layla(world):
    return world.person(fullname="ليلى حسن")


@pytest.fixture
def seeker(world):
    return world.person()


def public(person, name, **said):
    return person.create(name=name, is_public=True, **said)["id"]


def renamed(world, person, name, version=1):
    world.hear(
        auth.USER_UPDATED,
        person.id,
        username=person.actor.username,
        fullname=name,
        timezone="UTC",
        day_starts_at=0,
        version=version,
    )


def test_it_is_found_by_name_description_and_creator(layla, seeker):
    found = public(layla, "خَتْمَة زمرد", description="For Grandmother Zubayda")
    public(layla, "another")
    assert seeker.search("زمرد") == [found]
    assert seeker.search("zubayda") == [found]
    assert found in seeker.search("ليلي")
    assert seeker.search("grand زمرّد ليلى") == [found]
    assert seeker.search("زمرد elsewhere") == []


def test_it_is_found_as_soon_as_it_is_made(layla, seeker):
    found = public(layla, "خَتْمَة بيروزج", description="at once")
    shown = seeker.ask(methods.SEARCH, q="بيروزج حسن once")
    assert [khatma["id"] for khatma in shown] == [found]


def test_one_made_by_the_name_of_before_is_found_by_the_new_one(world, layla, seeker, monkeypatch):
    """It is not there to be read anew when the name changes, and so the change waits for it."""
    add, went_on = khatmas.add, []

    def add_late(*args):
        renaming = eventlet.spawn(renamed, world, layla, "سلمى")
        with eventlet.Timeout(10):
            while not world.blocked():
                eventlet.sleep(0)
        went_on.append(renaming)
        return add(*args)

    layla.create(name="whose copy is there")
    monkeypatch.setattr(khatmas, "add", add_late)
    khatma = public(layla, "لازورد")
    with eventlet.Timeout(10):
        went_on[0].wait()
    assert seeker.search("لازورد ليلى") == []
    assert seeker.search("لازورد سلمى") == [khatma]


def test_it_is_shown_as_lists_show_it(layla, seeker, world):
    found = public(layla, "ياقوت")
    searching.read_khatmas(world.db)
    [shown] = seeker.ask(methods.SEARCH, q="ياقوت")
    assert [shown] == [each for each in seeker.khatmas("public") if each["id"] == found]


def test_only_what_is_public_active_and_not_one_s_own(world, layla, seeker):
    khatma = public(layla, "مرجان")
    hidden = layla.create(name="مرجان")["id"]
    layla.create(name="مرجان", khatma_type="private")
    done = public(layla, "مرجان")
    layla.finish(done, *range(1, 31))
    assert seeker.search("مرجان") == [khatma]
    assert layla.search("مرجان") == []
    seeker.join(khatma)
    assert seeker.search("مرجان") == []
    seeker.leave(khatma)
    layla.invite(hidden, seeker.id)
    assert seeker.search("مرجان") == [khatma]
    layla.change(hidden, is_public=True)
    assert seeker.search("مرجان") == [hidden, khatma]
    layla.delete(khatma)
    assert seeker.search("مرجان") == [hidden]


def test_of_one_type(layla, seeker):
    khatma = public(layla, "كهرمان")
    assert seeker.search("كهرمان", type="group") == [khatma]
    assert seeker.search("كهرمان", type="") == [khatma]
    assert seeker.search("كهرمان", type="private") == []


def test_twenty_at_most_the_newest_first(layla, seeker):
    made = [public(layla, "فيروز") for _ in range(21)]
    assert seeker.search("فيروز") == made[:0:-1]


def test_what_is_older_than_the_newest_is_found_by_its_words(layla, seeker, monkeypatch):
    old = public(layla, "لؤلؤ قديم")
    newer = public(layla, "لؤلؤ")
    assert seeker.search("لولو") == [newer, old]
    # As if a thousand were newer: the second way alone.
    monkeypatch.setattr(store, "_WAYS", store._WAYS[1:])
    assert seeker.search("لولو") == [newer, old]
    assert layla.search("لولو") == []


def test_a_changed_khatma_is_found_by_what_it_says_now(layla, seeker):
    khatma = public(layla, "عقيق")
    assert seeker.search("عقيق") == [khatma]
    layla.change(khatma, name="توباز")
    assert (seeker.search("عقيق"), seeker.search("توباز")) == ([], [khatma])
    layla.change(khatma, description="عقيق")
    assert seeker.search("عقيق") == [khatma]


def test_a_new_name_of_the_creator_is_found_and_the_old_one_is_not(
    world, layla, seeker, monkeypatch
):
    monkeypatch.setattr(searching, "BATCH", 2)
    khatmas = [public(layla, "ماس") for _ in range(5)]
    assert seeker.search("ماس ليلى") == khatmas[::-1]
    renamed(world, layla, "سلمى")
    assert seeker.search("ماس ليلى") == []
    assert seeker.search("ماس سلمى") == khatmas[::-1]
    renamed(world, layla, "قديمة", version=0)
    assert seeker.search("ماس سلمى") == khatmas[::-1]


def test_the_copy_of_the_creator_may_be_older_than_what_is_heard(world, layla, seeker):
    """The two handlers of an event take their turns in any order."""
    khatma = public(layla, "نيلم")
    seeker.search("نيلم")
    event = made(
        auth.USER_UPDATED, layla.id, username="l", fullname="هدى", timezone="UTC", version=3
    )
    searching.rename(world.db, event)
    assert seeker.search("نيلم هدي") == [khatma]


def test_an_heir_s_name_replaces_the_one_of_who_is_gone(world, layla, seeker):
    omar = world.person(fullname="عمر")
    khatma = public(layla, "زبرجد")
    omar.join(khatma)
    assert seeker.search("زبرجد ليلى") == [khatma]
    layla.vanish()
    assert seeker.search("زبرجد ليلى") == []
    assert seeker.search("زبرجد عمر") == [khatma]


@pytest.mark.parametrize("q", ["", "a", "ا", "%", "_", "\\", "%_\\%", "'", "ًٌٍَُ", "\u200b", "& | !"])
def test_what_holds_no_word_is_refused(seeker, q):
    with pytest.raises(Invalid) as refused:
        seeker.search(q)
    assert list(refused.value.errors) == ["q"]


@pytest.mark.parametrize("q", ["'); drop", "a' | 'b:*", "zz:* & !xx", "100% \\ sure", "xx\\'yy"])
def test_signs_mean_nothing(layla, seeker, q):
    khatma = public(layla, f"صوان {q}")
    assert seeker.search(f"صوان {q}") == [khatma]


def test_words_are_kept_by_any_number_of_instances_at_once(world, layla, seeker):
    """Who is at a khatma is waited for by nobody."""
    khatma = public(layla, "جمشت")
    layla.change(khatma, description="from far away")
    with world.db.transaction() as tx:
        assert khatma in [row.id for row in searching.store.unread(tx, 1000)]
        searching.read_khatmas(world.db)
        assert world.row("select words from khatma where id = :id", id=khatma)["words"] is None
    assert seeker.search("جمشت") == [khatma]


def test_round_trips(layla, seeker, messages, world):
    public(layla, "بلور")
    searching.read_khatmas(world.db)
    assert messages(lambda: seeker.ask(methods.SEARCH, q="بلور")) <= 2
