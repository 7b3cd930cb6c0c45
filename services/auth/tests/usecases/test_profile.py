import secrets
from functools import partial

import pytest
from pydantic import ValidationError

from contracts.auth import methods
from contracts.refusals import Conflict, Invalid


def me(desk, person):
    return desk.ask(methods.ME, by=person.actor)


def update(desk, person, command=None, **body):
    return desk.ask(methods.UPDATE_ME, by=person.actor, key=command, **body)


def updates(desk, person):
    return [data for kind, data in desk.announced(person.id) if kind == "user_updated"]


def test_shows_the_account_to_its_owner(desk):
    person = desk.newcomer(fullname="ليلى", gender="female", phone="123")

    assert me(desk, person) == {
        "id": person.id,
        "username": person.actor.username,
        "fullname": "ليلى",
        "email": person.email,
        "gender": "female",
        "phone": "123",
        "bio": "",
        "timezone": "UTC",
        "day_starts_at": 0,
        "date_joined": me(desk, person)["date_joined"],
        "visibility": "companions",
    }


def test_the_email_is_shown_as_it_was_written(desk):
    written = f"Layla.{secrets.token_hex(4)}@Example.Com"
    assert me(desk, desk.newcomer(email=written))["email"] == written


def test_a_change_is_answered_kept_and_told(desk):
    person = desk.newcomer()
    username = desk.a_username()
    named = {
        "username": username,
        "fullname": "ليلى حسن",
        "timezone": "Asia/Amman",
        "day_starts_at": 90,
        "visibility": "nobody",
        "gender": "female",
        "phone": "+962 7",
        "bio": "قارئة",
    }
    answer = update(desk, person, **named)

    assert answer == me(desk, person)
    assert answer | named == answer
    assert updates(desk, person) == [
        {
            "username": username,
            "fullname": "ليلى حسن",
            "timezone": "Asia/Amman",
            "day_starts_at": 90,
            "version": 2,
            "visibility": "nobody",
        }
    ]


def test_what_others_do_not_see_is_not_told(desk):
    person = desk.newcomer()
    update(desk, person, bio="reads", phone="1", gender="male")
    update(desk, person, timezone="UTC", day_starts_at=0)

    assert updates(desk, person) == []
    assert desk.claims(desk.log_in(person.email))["ver"] == 1


def test_the_resource_may_be_sent_back_as_it_came(desk):
    person = desk.newcomer(gender="male", phone="123")
    whole = me(desk, person)
    assert update(desk, person, **whole) == whole


@pytest.mark.parametrize("said", ["companions", "everybody", "nobody"])
def test_who_sees_one_s_figures_is_answered_told_and_in_the_token(desk, said):
    person = desk.newcomer()
    other = "everybody" if said == "companions" else "companions"
    update(desk, person, visibility=other)
    assert update(desk, person, visibility=said)["visibility"] == said
    assert me(desk, person)["visibility"] == said
    assert updates(desk, person)[-1]["visibility"] == said
    assert desk.claims(desk.log_in(person.email))["visibility"] == said


@pytest.mark.parametrize("said", ["", "friends", "NOBODY", None, True, 1, ["nobody"]])
def test_nobody_sees_by_a_word_that_is_none(desk, said):
    with pytest.raises(ValidationError):
        methods.UpdateMe.model_validate({"visibility": said})


@pytest.mark.parametrize("zone", ["Mars/Olympus", "asia/amman", "America", "../../etc/passwd"])
def test_a_time_zone_that_does_not_exist_is_refused_by_name(desk, zone):
    person = desk.newcomer()
    before = me(desk, person)
    call = methods.UPDATE_ME.call.model_construct(
        actor=person.actor,
        command=None,
        body=methods.UpdateMe.model_construct({"timezone"}, timezone=zone),
    )
    with pytest.raises(Invalid) as refusal:
        desk.service.update_me(call)
    assert list(refusal.value.errors) == ["timezone"]
    assert me(desk, person) == before


def test_anothers_username_is_taken_whatever_its_case_and_ones_own_is_not(desk):
    taken = desk.a_username()
    desk.register(username=taken)
    person = desk.newcomer(username=desk.a_username())

    with pytest.raises(Conflict):
        update(desk, person, username=taken.upper())
    assert updates(desk, person) == []
    own = person.actor.username.upper()
    assert update(desk, person, username=own)["username"] == own


def test_of_many_who_want_one_name_at_once_one_gets_it(desk, at_once):
    people = [desk.newcomer() for _ in range(5)]
    wanted = desk.a_username()
    outcomes = at_once(*[partial(update, desk, one, username=wanted) for one in people])

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 4 + ["dict"]


def test_two_who_want_each_others_name_at_once_are_both_refused(desk, at_once):
    one, other = desk.newcomer(), desk.newcomer()
    outcomes = at_once(
        partial(update, desk, one, username=other.actor.username),
        partial(update, desk, other, username=one.actor.username),
    )
    assert [type(outcome) for outcome in outcomes] == [Conflict, Conflict]


def test_changes_at_once_lose_none(desk, at_once):
    person = desk.newcomer()
    at_once(
        partial(update, desk, person, fullname="ليلى"),
        partial(update, desk, person, timezone="Asia/Amman"),
        partial(update, desk, person, day_starts_at=90),
        partial(update, desk, person, bio="reads"),
    )
    now = me(desk, person)
    assert (now["fullname"], now["timezone"], now["day_starts_at"], now["bio"]) == (
        "ليلى",
        "Asia/Amman",
        90,
        "reads",
    )
    assert [data["version"] for data in updates(desk, person)] == [2, 3, 4]


def test_a_repeated_command_changes_once(desk):
    person = desk.newcomer()
    command = secrets.token_hex(8)
    first = update(desk, person, command=command, fullname="ليلى")
    update(desk, person, fullname="another")

    assert update(desk, person, command=command, fullname="ليلى") == first
    assert me(desk, person)["fullname"] == "another"


@pytest.mark.parametrize("nothing", ["", None])
def test_nothing_of_an_optional_field_clears_it(desk, nothing):
    person = desk.newcomer(fullname="ليلى", gender="male", phone="123")
    assert update(desk, person, phone=nothing, gender=nothing)["phone"] is None
    assert me(desk, person)["gender"] is None


def test_an_emptied_full_name_is_told(desk):
    person = desk.newcomer(fullname="ليلى")
    assert update(desk, person, fullname="")["fullname"] == ""
    assert [data["fullname"] for data in updates(desk, person)] == [""]


@pytest.mark.parametrize(
    "body",
    [
        {"fullname": None},
        {"fullname": "   "},
        {"fullname": "x" * 101},
        {"username": None},
        {"username": "ab"},
        {"username": "ليلى"},
        {"username": "with space"},
        {"gender": "other"},
        {"phone": "call me"},
        {"bio": "x" * 501},
        {"bio": "nul\x00"},
        {"timezone": ""},
        {"day_starts_at": 721},
        {"day_starts_at": -1},
        {"day_starts_at": True},
        {"day_starts_at": 1.5},
        {"password": "another way in"},
        {"version": 7},
    ],
)
def test_refuses_bad_fields(body):
    with pytest.raises(ValidationError):
        methods.UpdateMe.model_validate(body)
