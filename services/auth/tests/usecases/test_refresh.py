from datetime import timedelta
from functools import partial

import pytest

from auth.store import refresh_tokens
from contracts.auth import methods
from contracts.refusals import Unauthenticated


def refresh(desk, token, **body):
    return desk.ask(methods.REFRESH, refresh=token, **body)


def test_answers_an_access_token_of_the_same_session_as_often_as_asked(desk):
    person = desk.newcomer()
    first = refresh(desk, person.tokens["refresh"])
    second = refresh(desk, person.tokens["refresh"])

    for answer in (first, second):
        assert answer["refresh"] is None
        assert desk.claims(answer)["sid"] == person.actor.session
    assert desk.claims(first)["jti"] != desk.claims(second)["jti"]


def test_the_access_token_knows_what_changed(desk):
    person = desk.newcomer()
    desk.ask(methods.UPDATE_ME, by=person.actor, timezone="Asia/Amman")

    claims = desk.claims(refresh(desk, person.tokens["refresh"]))
    assert (claims["timezone"], claims["ver"]) == ("Asia/Amman", 2)


def test_a_rotated_token_gives_way_to_another_of_the_same_session(desk):
    person = desk.newcomer()
    rotated = refresh(desk, person.tokens["refresh"], rotate=True)
    again = refresh(desk, rotated["refresh"], rotate=True)

    assert desk.claims(again)["sid"] == person.actor.session
    assert len({person.tokens["refresh"], rotated["refresh"], again["refresh"]}) == 3
    assert desk.ended(person.id) == []


@pytest.mark.parametrize("rotate", [True, False])
def test_a_spent_token_that_comes_again_revokes_the_family_and_ends_the_session(desk, rotate):
    person = desk.newcomer()
    bystander = desk.another_session(person)
    rotated = refresh(desk, person.tokens["refresh"], rotate=True)

    with pytest.raises(Unauthenticated):
        refresh(desk, person.tokens["refresh"], rotate=rotate)

    with pytest.raises(Unauthenticated):
        refresh(desk, rotated["refresh"])
    ended = desk.ended(person.id)
    assert [one["sid"] for one in ended] == [person.actor.session]
    assert ("session_ended", {"sid": person.actor.session, "before": ended[0]["before"]}) in (
        desk.announced(person.id)
    )
    assert refresh(desk, bystander.tokens["refresh"])["access"]


def test_a_rotation_that_the_broker_delivers_again_is_answered_again(desk, request):
    """Whoever did it was killed before the answer: the client repeated nothing."""
    person = desk.newcomer()
    refresh(desk, person.tokens["refresh"], rotate=True)

    request.getfixturevalue("redelivered")
    again = refresh(desk, person.tokens["refresh"], rotate=True)

    assert refresh(desk, again["refresh"])["access"]
    assert desk.ended(person.id) == []


def test_a_token_spent_long_ago_is_spent_for_a_redelivered_request_too(
    desk, move_clock, redelivered
):
    person = desk.newcomer()
    refresh(desk, person.tokens["refresh"], rotate=True)
    move_clock(timedelta(seconds=61))
    with pytest.raises(Unauthenticated):
        refresh(desk, person.tokens["refresh"], rotate=True)
    assert [one["sid"] for one in desk.ended(person.id)] == [person.actor.session]


def test_of_two_that_rotate_at_once_one_wins_and_the_family_is_revoked(desk, at_once):
    person = desk.newcomer()
    rotate = partial(refresh, desk, person.tokens["refresh"], rotate=True)

    outcomes = at_once(*[rotate] * 6)

    won = [outcome for outcome in outcomes if isinstance(outcome, dict)]
    assert len(won) == 1
    assert all(isinstance(o, Unauthenticated) for o in outcomes if o is not won[0])
    with pytest.raises(Unauthenticated):
        refresh(desk, won[0]["refresh"])
    assert [kind for kind, _ in desk.announced(person.id)] == ["user_registered", "session_ended"]


def test_a_rotation_that_another_overtakes_revokes_the_family(desk, monkeypatch):
    person = desk.newcomer()
    find_holder = refresh_tokens.find_holder
    faster = []

    def overtaken(*arguments):
        monkeypatch.setattr(refresh_tokens, "find_holder", find_holder)
        held = find_holder(*arguments)
        faster.append(refresh(desk, person.tokens["refresh"], rotate=True))
        return held

    monkeypatch.setattr(refresh_tokens, "find_holder", overtaken)
    with pytest.raises(Unauthenticated):
        refresh(desk, person.tokens["refresh"], rotate=True)
    with pytest.raises(Unauthenticated):
        refresh(desk, faster[0]["refresh"])
    assert [one["sid"] for one in desk.ended(person.id)] == [person.actor.session]


@pytest.mark.parametrize("unknown", ["x", "ليلى", "a" * 4096])
def test_an_unknown_token_is_refused(desk, unknown):
    with pytest.raises(Unauthenticated):
        refresh(desk, unknown)


def test_an_access_token_is_no_refresh_token(desk):
    with pytest.raises(Unauthenticated):
        refresh(desk, desk.newcomer().tokens["access"])


def test_a_token_lasts_90_days(desk, move_clock):
    person = desk.newcomer()
    move_clock(timedelta(days=90, seconds=-60))
    assert refresh(desk, person.tokens["refresh"])["access"]
    move_clock(timedelta(days=90, seconds=60))
    with pytest.raises(Unauthenticated):
        refresh(desk, person.tokens["refresh"])


def test_a_rotated_token_has_90_days_of_its_own(desk, move_clock):
    person = desk.newcomer()
    move_clock(timedelta(days=89))
    rotated = refresh(desk, person.tokens["refresh"], rotate=True)
    move_clock(timedelta(days=178))
    assert refresh(desk, rotated["refresh"])["access"]


def test_rotating_and_logging_out_at_once_leaves_no_token_alive(desk, at_once):
    for _ in range(5):
        person = desk.newcomer()
        rotated, _ = at_once(
            partial(refresh, desk, person.tokens["refresh"], rotate=True),
            partial(desk.ask, methods.LOG_OUT, by=person.actor),
        )
        tokens = [person.tokens["refresh"]]
        if isinstance(rotated, dict):
            tokens.append(rotated["refresh"])
        else:
            assert isinstance(rotated, Unauthenticated)
        for token in tokens:
            with pytest.raises(Unauthenticated):
                refresh(desk, token)
