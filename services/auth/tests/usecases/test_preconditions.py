"""An account changes, or goes, only while it is what its owner saw."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from contracts.auth import methods
from contracts.preconditions import entity_tag
from contracts.refusals import PreconditionFailed


def me(desk, person):
    return desk.ask(methods.ME, by=person.actor)


def update(desk, person, precondition, **named):
    body = {**named, "precondition": precondition}
    return desk.ask(methods.UPDATE_ME, by=person.actor, **body)


def delete(desk, person, precondition):
    return desk.ask(methods.DELETE_ME, by=person.actor, precondition=precondition)


def only_if(shown):
    """What the gateway asks for a client who was shown this."""
    return {"if_match": [entity_tag(orjson.dumps(shown))]}


def test_what_another_device_wrote_is_not_lost(desk):
    person = desk.newcomer(fullname="ليلى")
    seen = me(desk, person)
    changed = desk.ask(methods.UPDATE_ME, by=person.actor, bio="of the other")
    told = desk.announced(person.id)
    for act in (update, delete):
        with pytest.raises(PreconditionFailed):
            act(desk, person, only_if(seen))
    with pytest.raises(PreconditionFailed):
        update(desk, person, only_if(seen), bio="mine", fullname="لا")
    assert me(desk, person) == changed
    assert desk.announced(person.id) == told


def test_what_is_still_there_is_changed_and_deleted(desk):
    person = desk.newcomer()
    changed = update(desk, person, only_if(me(desk, person)), bio="mine")
    assert (changed, changed["bio"]) == (me(desk, person), "mine")
    delete(desk, person, only_if(changed))
    assert ("user_deleted", {}) in desk.announced(person.id)


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_no_date_will_do(desk, days):
    """Nobody keeps when an account was last changed: nobody can say that it has not."""
    person = desk.newcomer()
    made = datetime.fromisoformat(me(desk, person)["date_joined"]).astimezone(UTC)
    said = {"unmodified_since": (made + timedelta(days=days)).isoformat()}
    with pytest.raises(PreconditionFailed):
        delete(desk, person, said)
    with pytest.raises(PreconditionFailed):
        update(desk, person, said, bio="mine")
    assert me(desk, person)["bio"] == ""


def test_of_many_who_saw_the_same_one_changes_it(desk, at_once):
    person = desk.newcomer()
    seen = only_if(me(desk, person))
    done = at_once(*(lambda n=n: update(desk, person, seen, bio=f"{n}") for n in range(6)))
    changed = [each for each in done if not isinstance(each, PreconditionFailed)]
    assert changed == [me(desk, person)]
