"""A flood of logins: what is quick goes before, and nothing is done for nobody."""

from dataclasses import replace
from time import time

import eventlet
import orjson
import pytest
from sqlalchemy import text

from auth.credentials.pool import PooledHasher
from auth.service import AuthService
from auth.settings import Settings
from chassis.service import health
from chassis.service.run import serving
from chassis.testing_broker import Gateway
from chassis.work import context as request
from contracts.auth import methods
from contracts.refusals import Unavailable

PATIENCE = 20
PASSWORD = "a long enough secret"


@pytest.fixture
def settings(migrated, broker, key_folder):
    return Settings(
        database_url=migrated.app_url("auth"),
        broker_url=broker.url("auth"),
        signing_keys=key_folder,
        check_contracts=True,
        hashes_at_once=2,
        login_rate=0,
        signup_rate=0,
    )


@pytest.fixture
def serve(settings, broker):
    """Run the service with the settings, somewhat changed, and return who asks it."""
    with eventlet.Timeout(60):
        stack = []

        def start(**changes):
            running = serving(AuthService, settings.model_copy(update=changes))
            stack.append((running, Gateway(broker.url("gateway"))))
            running.__enter__()
            return stack[-1][1]

        yield start
        for running, gateway in stack:
            gateway.close()
            running.__exit__(None, None, None)


def sessions_of(desk, user):
    rows = desk.db.reader.ask(text("select count(*) from session where user_id = :user"), user=user)
    return rows[0][0]


def test_what_needs_no_hash_is_answered_before_a_flood_of_logins(serve, desk, monkeypatch):
    monkeypatch.setattr(health, "DATABASE_SECONDS", PATIENCE)
    gateway = serve()
    person = desk.newcomer()
    actor = person.actor.model_dump()
    login = {"email": person.email, "password": "not the password"}
    flood = [
        gateway.send(methods.LOG_IN, None, {**login, "address": f"198.18.{n}.1"})
        for n in range(100)
    ]
    quick = {
        gateway.send(methods.HEALTH): lambda answer: answer["database"],
        gateway.send(methods.ME, actor): lambda answer: answer["email"] == person.email,
        gateway.send(methods.SIGNING_KEYS): lambda answer: answer["keys"],
        gateway.send(methods.ENDED_SINCE, None, {"since": 0}): lambda answer: "ended" in answer,
        gateway.send(methods.REFRESH, None, {"refresh": person.tokens["refresh"]}): (
            lambda answer: answer["access"]
        ),
    }
    for sent, is_good in quick.items():
        assert is_good(gateway.reply(sent)["result"])
    hashed_before = sum(
        orjson.loads(reply)["error"]["exc_type"] == "unauthenticated"
        for sent in flood
        if (reply := gateway.replies.get(sent))
    )
    assert hashed_before < 20

    for sent in flood:
        error = gateway.reply(sent)["error"]
        assert error["exc_type"] in {"unauthenticated", "unavailable"}
        assert error["exc_type"] != "unavailable" or error["retry_after"] == 1


def test_a_flood_of_registrations_of_a_taken_email_hashes_nothing(serve, desk):
    gateway = serve()
    body = {"email": desk.register()["email"], "password": PASSWORD}
    for _ in range(30):
        assert gateway.ask(methods.REGISTER, None, body)["error"]["exc_type"] == "conflict"


def test_no_session_begins_for_a_caller_who_has_gone(serve, desk, monkeypatch):
    """The deadline passes between the hash and the commit."""
    gateway = serve()
    # Registered here, by the service's own hasher, so that no login makes the hash anew.
    account = {"email": desk.an_email(), "password": PASSWORD}
    person = gateway.ask(methods.REGISTER, None, account)["result"]
    login = {**account, "address": "198.18.200.1"}
    verify = PooledHasher.verify

    def slow(self, encoded, password):
        """Verify, and then have been so slow that nobody waits any more."""
        answer = verify(self, encoded, password)
        request.begin(replace(request.current(), deadline=time() - 1))
        return answer

    monkeypatch.setattr(PooledHasher, "verify", slow)
    assert gateway.ask(methods.LOG_IN, None, login)["error"]["exc_type"] == "late"
    assert sessions_of(desk, person["id"]) == 0


class Counting:
    """A hasher that counts."""

    def __init__(self):
        self.hashed = 0

    def hash(self, password):
        self.hashed += 1
        return password


def test_nothing_is_hashed_for_a_caller_who_will_be_gone_before_the_answer():
    counting = Counting()
    hasher = PooledHasher(counting, at_once=1)

    def ask(seconds):
        request.begin(request.Handled(deadline=time() + seconds))
        return hasher.hash("secret")

    with eventlet.Timeout(PATIENCE):
        assert eventlet.spawn(ask, 60).wait() == "secret"
        for too_few in (-1, 0.5):
            with pytest.raises(Unavailable) as refusal:
                eventlet.spawn(ask, too_few).wait()
            assert refusal.value.retry_after == 1
    assert counting.hashed == 1


class Slow(Counting):
    """A hasher, by a clock of its own, whose first hash takes as long as it is told."""

    def __init__(self, monkeypatch, seconds):
        super().__init__()
        self.now = 0.0
        self._seconds = seconds
        monkeypatch.setattr("auth.credentials.pool.monotonic", lambda: self.now)

    def hash(self, password):
        self.now, self._seconds = self.now + self._seconds, 0.0
        return super().hash(password)


def ask_with_five_seconds(hasher):
    def ask():
        request.begin(request.Handled(deadline=time() + 5))
        return hasher.hash("secret")

    with eventlet.Timeout(PATIENCE):
        return eventlet.spawn(ask).wait()


def test_where_a_hash_takes_long_more_time_is_kept_for_it_but_nobody_is_shut_out_for_good(
    monkeypatch,
):
    slow = Slow(monkeypatch, 2.0)
    hasher = PooledHasher(slow, at_once=1)
    ask_with_five_seconds(hasher)
    with pytest.raises(Unavailable) as refusal:
        ask_with_five_seconds(hasher)
    assert slow.hashed == 1
    slow.now += refusal.value.retry_after
    ask_with_five_seconds(hasher)
    assert slow.hashed == 2


def test_who_comes_alone_long_after_a_slow_hash_is_not_refused(monkeypatch):
    """A process that stood still for half a minute has a quick machine again."""
    slow = Slow(monkeypatch, 30.0)
    hasher = PooledHasher(slow, at_once=1)
    ask_with_five_seconds(hasher)
    slow.now += 60
    assert ask_with_five_seconds(hasher) == "secret"


def test_whoever_waits_too_long_for_their_turn_is_told_to_come_back():
    counting = Counting()
    hasher = PooledHasher(counting, at_once=1, patience=0.05)
    with eventlet.Timeout(PATIENCE):
        with hasher._turn, pytest.raises(Unavailable) as refusal:
            hasher.hash("secret")
        assert refusal.value.retry_after == 1
        assert counting.hashed == 0
        assert hasher.hash("secret") == "secret"


def test_a_failed_hash_gives_its_turn_back():
    class Failing:
        def hash(self, password):
            raise MemoryError

    hasher = PooledHasher(Failing(), at_once=1, patience=0.05)
    with eventlet.Timeout(PATIENCE):
        for _ in range(3):
            with pytest.raises(MemoryError):
                hasher.hash("secret")


def test_the_rates_of_the_settings_hold_for_all_instances(serve, desk):
    """Two instances, one count: a login here is a login there."""
    one = serve(login_rate=3, signup_rate=2)
    serve(login_rate=3, signup_rate=2)
    person = desk.register()
    login = {"email": person["email"], "password": PASSWORD, "address": "198.18.201.1"}
    outcomes = [one.ask(methods.LOG_IN, None, login)["error"] for _ in range(6)]
    assert outcomes[:3] == [None] * 3
    assert {error["exc_type"] for error in outcomes[3:]} == {"too_many"}

    outcomes = [
        one.ask(
            methods.REGISTER,
            None,
            {"email": desk.an_email(), "password": PASSWORD, "address": "198.18.201.1"},
        )["error"]
        for _ in range(4)
    ]
    assert outcomes[:2] == [None] * 2
    assert {error["exc_type"] for error in outcomes[2:]} == {"too_many"}
