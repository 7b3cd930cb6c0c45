"""A khatma changes, or goes, only while it is what its creator saw: who joins changes it, too."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from contracts.khatma import methods
from contracts.preconditions import entity_tag
from contracts.refusals import Forbidden, NotFound, PreconditionFailed


def change(reader, khatma, precondition, **named):
    """Change it, and return it as it is shown then; the answer itself is as lists show it."""
    changed = reader.ask(
        methods.CHANGE_KHATMA, id=khatma["id"], change=named, precondition=precondition
    )
    shown = reader.get(khatma["id"])
    assert changed.items() <= shown.items()
    return shown


def delete(reader, khatma, precondition):
    return reader.ask(methods.DELETE_KHATMA, id=khatma["id"], precondition=precondition)


def only_if(shown):
    """What a client expects who was shown this."""
    return {"if_match": [entity_tag(orjson.dumps(shown))]}


def join(layla, omar, khatma):
    omar.join(khatma["id"])


def finish(layla, omar, khatma):
    layla.finish(khatma["id"], 1)


def rename(layla, omar, khatma):
    layla.change(khatma["id"], name="أخرى")


@pytest.mark.parametrize("happens", [join, finish, rename])
def test_what_changed_meanwhile_is_neither_changed_nor_deleted(happens, world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)
    happens(layla, omar, khatma)
    after = layla.get(khatma["id"])
    for act in (
        lambda: change(layla, khatma, only_if(khatma), target_days=9),
        lambda: delete(layla, khatma, only_if(khatma)),
    ):
        with pytest.raises(PreconditionFailed):
            act()
        assert layla.get(khatma["id"]) == after
    changed = change(layla, khatma, only_if(after), target_days=9)
    days = {"due_on": "2026-03-11", "end_date": "2026-03-11", "days_remaining": 9}
    assert changed == {**after, "target_days": 9, **days}
    delete(layla, khatma, only_if(changed))
    assert layla.khatmas() == []


def test_the_tag_of_a_new_khatma_is_good(world):
    layla = world.person(fullname="ليلى")
    khatma = layla.create(khatma_type="private")
    assert change(layla, khatma, only_if(khatma), name="أخرى")["name"] == "أخرى"


def test_another_sees_another_khatma(world):
    """The tag is of what the asker sees: here, their own chapters."""
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)
    with pytest.raises(PreconditionFailed):
        change(layla, khatma, only_if(omar.get(khatma["id"])), name="أخرى")


def test_who_may_not_hears_that_first(world):
    layla, omar = world.people(2)
    hidden, shown = layla.create(), layla.create(is_public=True)
    for precondition in ({"if_match": ["*"]}, {"if_match": ['"x"']}):
        with pytest.raises(NotFound):
            change(omar, hidden, precondition, name="أخرى")
        with pytest.raises(Forbidden):
            delete(omar, shown, precondition)


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_no_date_will_do(world, days):
    """Nobody keeps when a khatma was last changed: nobody can say that it has not."""
    layla = world.person()
    khatma = layla.create()
    said = datetime.fromisoformat(khatma["created_at"]).astimezone(UTC) + timedelta(days=days)
    with pytest.raises(PreconditionFailed):
        change(layla, khatma, {"unmodified_since": said}, name="أخرى")
    with pytest.raises(PreconditionFailed):
        delete(layla, khatma, {"unmodified_since": said})


def test_a_reading_is_its_readers_alone(world):
    layla, omar = world.people(2)
    khatma = layla.create(is_public=True)["id"]
    reading = layla.log(khatma, 1, done=False, notes="سكينة")
    assert layla.ask(methods.GET_READING, id=reading["id"]) == reading
    with pytest.raises(NotFound):
        omar.ask(methods.GET_READING, id=reading["id"])
    with pytest.raises(NotFound):
        layla.ask(methods.GET_READING, id=2**63 - 1)
