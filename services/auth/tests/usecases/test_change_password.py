from functools import partial

import pytest

from contracts.auth import methods
from contracts.refusals import Forbidden, Invalid, Unauthenticated

NEW = "an unheard-of secret"


def change(desk, person, old="a long enough secret", new=NEW):
    body = {"old_password": old, "new_password": new}
    return desk.ask(methods.CHANGE_PASSWORD, by=person.actor, **body)


def refresh(desk, person):
    return desk.ask(methods.REFRESH, refresh=person.tokens["refresh"])


def test_the_new_password_opens_and_the_old_one_does_not(desk):
    person = desk.newcomer()
    assert change(desk, person)["message"]

    assert desk.log_in(person.email, NEW)["access"]
    with pytest.raises(Unauthenticated):
        desk.log_in(person.email)


def test_every_other_session_ends(desk):
    person = desk.newcomer()
    others = [desk.another_session(person) for _ in range(3)]
    change(desk, person)

    assert refresh(desk, person)["access"]
    for other in others:
        with pytest.raises(Unauthenticated):
            refresh(desk, other)
    told = {data["sid"] for kind, data in desk.announced(person.id) if kind == "session_ended"}
    assert told == {other.actor.session for other in others}
    assert {one["sid"] for one in desk.ended(person.id)} == told


def test_a_change_that_the_broker_delivers_again_is_answered_again(desk, request):
    """Whoever did it was killed before the answer: the client repeated nothing."""
    person = desk.newcomer()
    done = change(desk, person)

    request.getfixturevalue("redelivered")

    assert change(desk, person) == done
    with pytest.raises(Forbidden):
        change(desk, person, old="neither", new="this nor that one")


def test_a_wrong_old_password_changes_nothing(desk):
    person = desk.newcomer()
    other = desk.another_session(person)
    with pytest.raises(Forbidden):
        change(desk, person, old="not the password")

    assert desk.log_in(person.email)["access"]
    assert refresh(desk, other)["access"]


@pytest.mark.parametrize(
    "weak", ["password1", "the.owner@example.com", "The.Owner", "Layla Hassan"]
)
def test_the_new_password_has_the_rules_of_the_first(desk, weak):
    local = f"the.owner.{desk.a_username()}"
    person = desk.newcomer(email=f"{local}@example.com", fullname="Layla Hassan")
    chosen = weak.replace("the.owner", local).replace("The.Owner", local.upper())
    with pytest.raises(Invalid) as refusal:
        change(desk, person, new=chosen)
    assert refusal.value.errors["new_password"]


def test_of_two_changes_at_once_one_holds_and_only_it_opens(desk, at_once):
    person = desk.newcomer()
    chosen = ["first new secret", "second new secret"]

    outcomes = at_once(*[partial(change, desk, person, new=new) for new in chosen])

    won = [isinstance(outcome, dict) for outcome in outcomes]
    assert sorted(won) == [False, True]
    assert isinstance(outcomes[won.index(False)], Forbidden)
    assert desk.log_in(person.email, chosen[won.index(True)])["access"]


def test_a_session_that_begins_meanwhile_does_not_survive_the_change(desk, at_once):
    for _ in range(4):
        person = desk.newcomer()
        changed, begun = at_once(
            partial(change, desk, person), partial(desk.another_session, person)
        )
        assert isinstance(changed, dict)
        if isinstance(begun, Exception):
            assert isinstance(begun, Unauthenticated)
        else:
            with pytest.raises(Unauthenticated):
                refresh(desk, begun)


def test_a_deleted_account_has_no_password_to_change(desk):
    person = desk.newcomer()
    desk.ask(methods.DELETE_ME, by=person.actor)
    with pytest.raises(Unauthenticated):
        change(desk, person)
