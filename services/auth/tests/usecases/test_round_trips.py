"""What a request costs in round trips to PostgreSQL, which do not depend on the machine."""

from contextlib import contextmanager

import pytest

from chassis.data.connections import Lent
from contracts.auth import methods
from contracts.refusals import Conflict, Forbidden, Unauthenticated

PASSWORD = "a long enough secret"


@pytest.fixture
def at_most(monkeypatch):
    """Hold a block to so many messages."""
    send = Lent.send

    @contextmanager
    def at_most(ceiling):
        messages = []

        def counted(lent, sayings, **words):
            messages.append([str(statement) for statement, _ in sayings] + list(words.values()))
            return send(lent, sayings, **words)

        with monkeypatch.context() as patched:
            patched.setattr(Lent, "send", counted)
            yield
        assert 0 < len(messages) <= ceiling, messages

    return at_most


def test_registering(desk, at_most):
    with at_most(3):
        account = desk.register(username=desk.a_username())
    with at_most(1), pytest.raises(Conflict):
        desk.register(email=account["email"])


def test_registering_with_a_key_of_the_clients(desk, at_most):
    body = {"email": desk.an_email(), "password": PASSWORD}
    with at_most(5):
        desk.ask(methods.REGISTER, key=body["email"], **body)
    with at_most(1):
        desk.ask(methods.REGISTER, key=body["email"], **body)


def test_logging_in(desk, at_most):
    email = desk.register()["email"]
    with at_most(2):
        desk.log_in(email)
    with at_most(3), pytest.raises(Unauthenticated):
        desk.log_in(email, "not the password")


def test_logging_in_where_the_oldest_session_ends(desk, at_most, monkeypatch):
    monkeypatch.setattr("auth.store.sessions.MOST_FOR_ONE", 1)
    monkeypatch.setattr("auth.usecases.sessions.MOST_FOR_ONE", 1)
    person = desk.newcomer()
    with at_most(4):
        desk.log_in(person.email)


def test_refreshing(desk, at_most):
    token = desk.newcomer().tokens["refresh"]
    with at_most(1):
        desk.ask(methods.REFRESH, refresh=token)
    with at_most(3):
        desk.ask(methods.REFRESH, refresh=token, rotate=True)
    with at_most(3), pytest.raises(Unauthenticated):
        desk.ask(methods.REFRESH, refresh=token)


def test_logging_out(desk, at_most):
    person = desk.newcomer()
    other = desk.another_session(person)
    with at_most(2):
        desk.ask(methods.LOG_OUT, by=other.actor)
    with at_most(3):
        desk.ask(methods.LOG_OUT, by=person.actor, refresh=person.tokens["refresh"])


def test_ones_own_account(desk, at_most):
    person = desk.newcomer()
    with at_most(1):
        desk.ask(methods.ME, by=person.actor)
    with at_most(3):
        desk.ask(methods.UPDATE_ME, by=person.actor, timezone="Asia/Amman")
    with at_most(2):
        desk.ask(methods.UPDATE_ME, by=person.actor, timezone="Asia/Amman")
    with at_most(2):
        desk.ask(methods.DELETE_ME, by=person.actor)


def test_changing_the_password(desk, at_most):
    person = desk.newcomer()
    asked = {"by": person.actor, "new_password": "an unheard-of secret"}
    with at_most(4), pytest.raises(Forbidden):
        desk.ask(methods.CHANGE_PASSWORD, **asked, old_password="not the password")
    with at_most(6):
        desk.ask(methods.CHANGE_PASSWORD, **asked, old_password=PASSWORD)


def test_what_the_gateway_asks_by_itself(desk, at_most):
    with at_most(1):
        desk.ask(methods.FIND_BY_EMAIL, email="nobody@example.com")
    with at_most(1):
        desk.ask(methods.ENDED_SINCE, since=0)
