"""One row for a session's refresh tokens, however often it rotates; tokens of before stay good."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import text

from auth.credentials import tokens
from auth.domain import session
from contracts.auth import methods
from contracts.refusals import Unauthenticated


def refresh(desk, token, **body):
    return desk.ask(methods.REFRESH, refresh=token, **body)


def rows(desk, sid):
    found = text("select count(*) from refresh_token where sid = :sid")
    return desk.db.reader.ask(found, sid=sid)[0][0]


def sids(desk, user):
    found = text("select sid from session where user_id = :user order by begun_at")
    return [row.sid for row in desk.db.reader.ask(found, user=user)]


@pytest.fixture
def old_token(desk):
    """Somebody with a refresh token as the release before gave them: a secret alone."""
    person = desk.newcomer()
    token = secrets.token_urlsafe(32)
    with desk.db.transaction() as tx:
        tx.tell(
            text("update refresh_token set digest = :digest, family = null where sid = :sid"),
            digest=hashlib.sha256(token.encode()).digest(),
            sid=person.actor.session,
        )
    return person, token


def test_a_session_that_rotates_is_one_row(desk):
    person = desk.newcomer()
    token = person.tokens["refresh"]
    given_out = [token]
    for _ in range(20):
        token = refresh(desk, token, rotate=True)["refresh"]
        given_out.append(token)

    assert rows(desk, person.actor.session) == 1
    assert len(set(given_out)) == 21
    assert refresh(desk, token)["access"]


@pytest.mark.parametrize("ago", [1, 2, 7])
@pytest.mark.parametrize("rotate", [True, False])
def test_a_spent_token_is_recognised_however_long_it_was_spent(desk, ago, rotate):
    person = desk.newcomer()
    given_out = [person.tokens["refresh"]]
    for _ in range(7):
        given_out.append(refresh(desk, given_out[-1], rotate=True)["refresh"])

    with pytest.raises(Unauthenticated):
        refresh(desk, given_out[-1 - ago], rotate=rotate)
    with pytest.raises(Unauthenticated):
        refresh(desk, given_out[-1])
    assert [one["sid"] for one in desk.ended(person.id)] == [person.actor.session]


def test_the_name_of_a_family_alone_opens_nothing_and_ends_the_session(desk):
    """Nobody has it who never held a token of the family."""
    person = desk.newcomer()
    token = person.tokens["refresh"]
    with pytest.raises(Unauthenticated):
        refresh(desk, token[:-1] + ("A" if token[-1] != "A" else "B"))
    assert [one["sid"] for one in desk.ended(person.id)] == [person.actor.session]


def test_neither_token_nor_family_is_stored_as_it_is(desk, postgres):
    token = desk.newcomer().tokens["refresh"]
    with postgres.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select t::text from auth.refresh_token t")
        kept = " ".join(row[0] for row in cursor.fetchall())
    assert token[:24].encode().hex() not in kept
    assert token[24:].encode().hex() not in kept


def test_a_token_of_before_stays_good(desk, old_token):
    person, token = old_token
    for _ in range(2):
        assert desk.claims(refresh(desk, token))["sid"] == person.actor.session
    assert desk.ask(methods.LOG_OUT, by=person.actor, refresh=token)["message"]
    with pytest.raises(Unauthenticated):
        refresh(desk, token)


def test_a_token_of_before_rotates_into_a_family(desk, old_token):
    person, token = old_token
    current = refresh(desk, token, rotate=True)["refresh"]
    for _ in range(5):
        current = refresh(desk, current, rotate=True)["refresh"]

    assert rows(desk, person.actor.session) == 2
    assert refresh(desk, current)["access"]
    with pytest.raises(Unauthenticated):
        refresh(desk, token)
    with pytest.raises(Unauthenticated):
        refresh(desk, current)
    assert [one["sid"] for one in desk.ended(person.id)] == [person.actor.session]


def test_of_two_that_rotate_a_token_of_before_at_once_one_wins(desk, old_token, at_once):
    _, token = old_token
    outcomes = at_once(*[partial(refresh, desk, token, rotate=True)] * 6)
    won = [outcome for outcome in outcomes if isinstance(outcome, dict)]
    assert len(won) == 1
    with pytest.raises(Unauthenticated):
        refresh(desk, won[0]["refresh"])


def test_the_release_before_understands_the_current_token(desk):
    """It looks for the digest of the whole token, and spends the row that it finds."""
    person = desk.newcomer()
    token = refresh(desk, person.tokens["refresh"], rotate=True)["refresh"]
    digest = hashlib.sha256(token.encode()).digest()
    found = text("select sid from refresh_token where digest = :digest and spent_at is null")
    assert [row.sid for row in desk.db.reader.ask(found, digest=digest)] == [person.actor.session]

    with desk.db.transaction() as tx:
        tx.tell(
            text("update refresh_token set spent_at = :now where digest = :digest"),
            now=datetime.now(UTC) - timedelta(minutes=1),
            digest=digest,
        )
    with pytest.raises(Unauthenticated):
        refresh(desk, token)
    assert [one["sid"] for one in desk.ended(person.id)] == [person.actor.session]


def test_beyond_the_most_sessions_of_one_person_the_oldest_ends(desk, monkeypatch):
    monkeypatch.setattr("auth.store.sessions.MOST_FOR_ONE", 3)
    monkeypatch.setattr("auth.usecases.sessions.MOST_FOR_ONE", 3)
    person, bystander = desk.newcomer(), desk.newcomer()
    others = [desk.another_session(person) for _ in range(2)]
    assert desk.ended(person.id) == []

    newest = desk.another_session(person)

    assert [one["sid"] for one in desk.ended(person.id)] == [person.actor.session]
    assert desk.announced(person.id)[-1][1]["sid"] == person.actor.session
    with pytest.raises(Unauthenticated):
        refresh(desk, person.tokens["refresh"])
    for session_ in (*others, newest, bystander):
        assert refresh(desk, session_.tokens["refresh"])["access"]


@pytest.mark.parametrize("step", [1, -1])
def test_the_oldest_began_first_whatever_its_id_and_however_lately_it_was_used(
    desk, monkeypatch, step
):
    """Their ids rise or fall with time, and the oldest one's tokens are the newest."""
    own = secrets.token_hex(15)
    numbers = iter(range(100, 200)[::step])
    monkeypatch.setattr(tokens, "new_sid", lambda: f"{own}{next(numbers):02x}")
    monkeypatch.setattr("auth.store.sessions.MOST_FOR_ONE", 2)
    monkeypatch.setattr("auth.usecases.sessions.MOST_FOR_ONE", 2)
    person = desk.newcomer()
    began = [person.actor.session]
    for _ in range(3):
        began.append(desk.another_session(person).actor.session)
        assert sids(desk, person.id) == began[-2:]
        assert [one["sid"] for one in desk.ended(person.id)] == began[:-2]
        if len(began) == 2:
            refresh(desk, person.tokens["refresh"], rotate=True)


def test_a_hundred_sessions_are_the_most(desk):
    assert session.MOST_FOR_ONE == 100


def test_whoever_had_more_before_there_was_a_most_comes_down_to_it(desk, monkeypatch):
    person = desk.newcomer()
    for _ in range(8):
        desk.another_session(person)
    monkeypatch.setattr("auth.store.sessions.MOST_FOR_ONE", 3)
    monkeypatch.setattr("auth.usecases.sessions.MOST_FOR_ONE", 3)
    monkeypatch.setattr("auth.store.sessions.ENDED_AT_ONCE", 4)
    before = sids(desk, person.id)
    desk.another_session(person)
    assert len(sids(desk, person.id)) == 6
    newest = desk.another_session(person)
    left = sids(desk, person.id)
    assert len(left) == 3
    assert left[0] in before
    assert left[-1] == newest.actor.session
    assert len(desk.ended(person.id)) == 8


def test_logins_at_once_at_the_most_wait_for_no_one(desk, monkeypatch, at_once):
    monkeypatch.setattr("auth.store.sessions.MOST_FOR_ONE", 2)
    monkeypatch.setattr("auth.usecases.sessions.MOST_FOR_ONE", 2)
    person = desk.newcomer()
    outcomes = at_once(*[partial(desk.log_in, person.email)] * 8)
    assert all(isinstance(outcome, dict) for outcome in outcomes)
    desk.another_session(person)
    assert len(sids(desk, person.id)) == 2
