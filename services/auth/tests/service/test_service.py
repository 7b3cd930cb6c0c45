"""The whole service: under its own roles and permissions, over the real broker."""

import eventlet
import pytest

from auth.credentials import pool
from auth.credentials.pool import PooledHasher
from auth.service import AuthService
from auth.settings import Settings
from chassis.rpc import slow_lane
from chassis.service import health
from chassis.service.run import serving
from contracts.auth import methods

PATIENCE = 20


@pytest.fixture(scope="module")
def service(migrated, broker, key_folder):
    settings = Settings(
        database_url=migrated.app_url("auth"),
        broker_url=broker.url("auth"),
        signing_keys=key_folder,
        check_contracts=True,
        hashes_at_once=2,
    )
    # However busy the machine: nobody here is refused for having waited for a core, and half a
    # second may be too short to make a connection in.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pool, "PATIENCE_SECONDS", 3600)
        patched.setattr(slow_lane, "PATIENCE_SECONDS", 3600)
        patched.setattr(health, "DATABASE_SECONDS", PATIENCE)
        with serving(AuthService, settings) as container:
            yield container


def test_from_registering_to_leaving(gateway, wire, desk):
    email = desk.an_email()
    body = {"email": email, "password": "a long enough secret", "fullname": "ليلى حسن"}
    user = gateway.ask(methods.REGISTER, None, body)["result"]["id"]

    credentials = {"email": email, "password": body["password"], "address": "192.0.2.1"}
    tokens = gateway.ask(methods.LOG_IN, None, credentials)["result"]
    actor = desk.actor(tokens).model_dump()
    keys = gateway.ask(methods.SIGNING_KEYS)["result"]["keys"]
    assert [key["kid"] for key in keys] == [desk.key.kid]

    changed = gateway.ask(methods.UPDATE_ME, actor, {"timezone": "Asia/Amman"})["result"]
    assert gateway.ask(methods.ME, actor)["result"] == changed
    body = {"refresh": tokens["refresh"], "rotate": True}
    rotated = gateway.ask(methods.REFRESH, None, body)["result"]
    gateway.ask(
        methods.CHANGE_PASSWORD,
        actor,
        {"old_password": "a long enough secret", "new_password": "an unheard-of secret"},
    )
    gateway.ask(methods.LOG_OUT, actor, {"refresh": rotated["refresh"]})
    gateway.ask(methods.DELETE_ME, actor)

    told = wire.history(f"user/{user}", 5)
    assert [event.type for event in told] == [
        "auth.user_registered.v1",
        "auth.user_updated.v1",
        "auth.session_ended.v1",
        "auth.user_deleted.v1",
        "auth.session_ended.v1",
    ]
    assert [event.sequence for event in told] == [1, 2, 3, 4, 5]
    assert email not in str(told)
    ended = gateway.ask(methods.ENDED_SINCE, None, {"since": 0})["result"]["ended"]
    assert [one["sid"] for one in ended if one["user"] == user] == [actor["session"], None]
    assert gateway.ask(methods.LOG_IN, None, credentials)["error"]["exc_type"] == "unauthenticated"


def test_refusals_arrive_by_their_code_and_name_the_field(gateway, desk):
    weak = gateway.ask(
        methods.REGISTER, None, {"email": desk.an_email(), "password": "password123"}
    )
    assert weak["error"]["exc_type"] == "invalid"
    assert list(weak["error"]["errors"]) == ["password"]

    email = desk.register()["email"]
    body = {"email": email, "password": "a long enough secret"}
    assert gateway.ask(methods.REGISTER, None, body)["error"]["exc_type"] == "conflict"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "layla@example.com"},
        {"email": "no e-mail", "password": "a long enough secret"},
        {"email": "nul\x00@example.com", "password": "a long enough secret"},
        {"email": "layla@example.com", "password": "short"},
        {"email": "layla@example.com", "password": "x" * 129},
        {"email": "layla@example.com", "password": ["a list"]},
        {"email": "layla@example.com", "password": "a long enough secret", "fullname": None},
        {"email": "layla@example.com", "password": "a long enough secret", "username": "x y z"},
        {"email": "layla@example.com", "password": "a long enough secret", "is_staff": True},
        {"email": "layla@example.com", "password": "a long enough secret", "id": 1},
    ],
)
def test_bad_registrations_are_refused_by_field(gateway, body):
    answer = gateway.ask(methods.REGISTER, None, body)
    assert answer["error"]["exc_type"] == "invalid"
    assert answer["error"]["errors"]


def test_methods_that_need_an_actor_say_so(gateway):
    for method in (methods.ME, methods.DELETE_ME, methods.LOG_OUT):
        assert gateway.ask(method)["error"]["exc_type"] == "unauthenticated"


def test_health_is_answered_while_passwords_are_hashed(gateway, desk):
    body = {"password": "a long enough secret", "address": "192.0.2.2"}
    busy = [
        gateway.send(methods.LOG_IN, None, {**body, "email": desk.an_email()}) for _ in range(8)
    ]
    beside = gateway.send(methods.HEALTH)

    assert gateway.reply(beside)["result"]["database"] is True
    assert any(sent not in gateway.replies for sent in busy)
    for sent in busy:
        assert gateway.reply(sent)["error"]["exc_type"] == "unauthenticated"


def test_no_more_are_hashed_at_once_than_the_cap():
    threads = eventlet.patcher.original("threading")
    together = threads.Barrier(2)

    class Meeting:
        def hash(self, patience):
            try:
                together.wait(patience)
            except threads.BrokenBarrierError:
                together.reset()
                return "alone"
            return "two at once"

    def outcomes(at_once, patience):
        hasher = PooledHasher(Meeting(), at_once, patience=PATIENCE)
        with eventlet.Timeout(PATIENCE):
            waiting = [eventlet.spawn(hasher.hash, patience) for _ in range(4)]
            return [one.wait() for one in waiting]

    assert outcomes(at_once=2, patience=PATIENCE) == ["two at once"] * 4
    assert outcomes(at_once=1, patience=0.2) == ["alone"] * 4
