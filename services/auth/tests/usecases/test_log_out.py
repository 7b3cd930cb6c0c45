from datetime import timedelta

import pytest

from contracts.auth import methods
from contracts.refusals import Unauthenticated


def refresh(desk, person):
    return desk.ask(methods.REFRESH, refresh=person.tokens["refresh"])


def log_out(desk, person, **body):
    return desk.ask(methods.LOG_OUT, by=person.actor, **body)


def test_ends_the_session_of_the_access_token_and_no_other(desk):
    person = desk.newcomer()
    other = desk.another_session(person)

    assert log_out(desk, person)["message"]

    with pytest.raises(Unauthenticated):
        refresh(desk, person)
    assert refresh(desk, other)["access"]
    assert [one["sid"] for one in desk.ended(person.id)] == [person.actor.session]


def test_announces_the_end_once_however_often_it_is_asked(desk):
    person = desk.newcomer()
    for _ in range(3):
        log_out(desk, person)

    ends = [data for kind, data in desk.announced(person.id) if kind == "session_ended"]
    assert [end["sid"] for end in ends] == [person.actor.session]


def test_ends_the_session_of_a_refresh_token_of_ones_own_too(desk):
    person = desk.newcomer()
    phone = desk.another_session(person)

    log_out(desk, person, refresh=phone.tokens["refresh"])

    for ended in (person, phone):
        with pytest.raises(Unauthenticated):
            refresh(desk, ended)


def test_the_refresh_token_of_somebody_else_stays_good(desk):
    person, somebody = desk.newcomer(), desk.newcomer()

    log_out(desk, person, refresh=somebody.tokens["refresh"])

    assert refresh(desk, somebody)["access"]
    assert desk.ended(somebody.id) == []


def test_an_unknown_refresh_token_is_no_error(desk):
    person = desk.newcomer()
    assert log_out(desk, person, refresh="never given out")["message"]
    with pytest.raises(Unauthenticated):
        refresh(desk, person)


def test_ended_sessions_are_told_from_a_moment_on(desk, move_clock):
    early, late = desk.newcomer(), desk.newcomer()
    log_out(desk, early)
    now = move_clock(timedelta(minutes=5))
    log_out(desk, late)

    recent = desk.ask(methods.ENDED_SINCE, since=now.timestamp() - 60)["ended"]

    users = {one["user"] for one in recent}
    assert late.id in users
    assert early.id not in users


@pytest.mark.parametrize("since", [-1e300, -1, 0, 1e300, 9e18])
def test_any_number_is_a_moment_to_ask_from(desk, since):
    person = desk.newcomer()
    log_out(desk, person)
    ended = desk.ask(methods.ENDED_SINCE, since=since)["ended"]
    assert (person.id in {one["user"] for one in ended}) is (since <= 0)
