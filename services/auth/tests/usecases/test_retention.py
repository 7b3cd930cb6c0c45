from datetime import timedelta

import pytest
from sqlalchemy import text

from auth.usecases import retention
from contracts.auth import methods
from contracts.refusals import Unauthenticated


def count(desk, table, where, **values):
    return desk.db.reader.ask(text(f"select count(*) from {table} where {where}"), **values)[0][0]


def test_ended_sessions_are_kept_while_their_access_tokens_may_live(desk, move_clock):
    person = desk.newcomer()
    desk.ask(methods.LOG_OUT, by=person.actor)
    move_clock(timedelta(minutes=24))
    retention.sweep(desk.db, access=desk.service.access)
    assert count(desk, "ended_session", "user_id = :user", user=person.id) == 1
    move_clock(timedelta(minutes=26))
    retention.sweep(desk.db, access=desk.service.access)
    assert count(desk, "ended_session", "user_id = :user", user=person.id) == 0


def test_sessions_go_when_their_last_tokens_have_expired(desk, move_clock):
    person = desk.newcomer()
    rotated = desk.another_session(person)
    move_clock(timedelta(days=1))
    body = {"refresh": rotated.tokens["refresh"], "rotate": True}
    kept = desk.ask(methods.REFRESH, **body)["refresh"]

    move_clock(timedelta(days=90, minutes=11))
    retention.sweep(desk.db, access=desk.service.access)

    sids = "sid = any(:sids)"
    both = [person.actor.session, rotated.actor.session]
    assert count(desk, "session", sids, sids=both) == 1
    assert count(desk, "refresh_token", sids, sids=both) == 1
    assert desk.ask(methods.REFRESH, refresh=kept)["access"]


def test_a_session_is_there_to_be_ended_while_its_last_access_token_lives(desk, move_clock):
    """The token of the last moment outlives the refresh token that it came from."""
    person = desk.newcomer()
    move_clock(timedelta(days=90, minutes=9))
    retention.sweep(desk.db, access=desk.service.access)
    desk.ask(methods.LOG_OUT, by=person.actor)
    assert [one["sid"] for one in desk.ended(person.id)] == [person.actor.session]


def test_failures_go_when_no_count_looks_at_them(desk, move_clock):
    address = "192.0.2.99"
    with pytest.raises(Unauthenticated):
        desk.log_in(desk.an_email(), address=address)
    retention.sweep(desk.db, access=desk.service.access)
    assert count(desk, "failure", "origin = :origin", origin=address) == 1
    move_clock(timedelta(minutes=16))
    retention.sweep(desk.db, access=desk.service.access)
    assert count(desk, "failure", "origin = :origin", origin=address) == 0
