"""Logging out: dead on this gateway as soon as auth says so, and after every return."""

import itertools
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pika
import pytest
from conftest import Gateway, eventually
from peers import Mint, Peer

from gateway import app
from sakina_local.testing import Vhost

STATS = "/api/meditations/stats/"
_sequence = itertools.count(1)


def ended(user: int, sid: str | None, before: float | None = None) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "/sakina/auth",
        "type": "auth.session_ended.v1",
        "subject": f"user/{user}",
        "time": "2026-03-01T08:00:00Z",
        "dataschema": "/schemas/events/auth.session_ended.v1.json",
        "sequence": next(_sequence),
        "data": {"sid": sid, "before": time.time() if before is None else before},
    }


def announce(auth: Peer, event: dict[str, Any]) -> None:
    auth.publish("auth.events", "auth.session_ended.v1", event)


def status(client: httpx.Client, token: str) -> int:
    return client.get(STATS, headers={"Authorization": f"Bearer {token}"}).status_code


def test_an_ended_session_is_dead_and_others_are_not(
    gateway: Gateway, mint: Mint, peers: dict[str, Peer]
) -> None:
    mine, other = mint.token(sid="ends"), mint.token(sid="stays")
    assert (status(gateway.client, mine), status(gateway.client, other)) == (200, 200)
    announce(peers["auth"], ended(7, "ends"))
    eventually(lambda: status(gateway.client, mine) == 401)
    assert status(gateway.client, other) == 200


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [("POST", "/api/accounts/logout/", "log_out"), ("DELETE", "/api/user/me/", "delete_me")],
)
def test_who_leaves_by_this_gateway_is_out_at_once(
    method: str, path: str, asked: str, client: httpx.Client, mint: Mint, peers: dict[str, Peer]
) -> None:
    """Before auth's event comes, which here never does."""
    peers["auth"].answers[asked] = {"message": "Bye."}
    assert client.request(method, path).status_code in {200, 204}
    assert client.get(STATS).status_code == 401
    assert status(client, mint.token()) == 200


def test_who_could_not_leave_is_still_in(client: httpx.Client, peers: dict[str, Peer]) -> None:
    peers["auth"].answers["log_out"] = b"nothing that can be understood"
    assert client.post("/api/accounts/logout/").status_code == 500
    assert client.get(STATS).status_code == 200


def test_all_sessions_of_a_person_end_but_not_those_begun_after(
    gateway: Gateway, mint: Mint, peers: dict[str, Peer]
) -> None:
    old = mint.token(sub="8801")
    someone_else = mint.token(sub="8802")
    announce(peers["auth"], ended(8801, None))
    eventually(lambda: status(gateway.client, old) == 401)
    assert status(gateway.client, mint.token(sub="8801", iat=time.time() + 1)) == 200
    assert status(gateway.client, someone_else) == 200


def test_what_ended_before_the_gateway_came_is_asked_for(
    new_gateway: Callable[..., Gateway], mint: Mint, peers: dict[str, Peer]
) -> None:
    peers["auth"].answers["ended_since"] = {
        "ended": [{"user": 7, "sid": "gone", "before": time.time()}]
    }
    gateway = new_gateway()
    assert status(gateway.client, mint.token(sid="gone")) == 401
    assert status(gateway.client, mint.token(sid="here")) == 200
    (asked,) = peers["auth"].named("ended_since")
    assert abs(asked["body"]["since"] - (time.time() - 3600 - 300)) < 60


def test_until_it_knows_who_left_it_lets_nobody_in(
    broker: Vhost, mint: Mint, peers: dict[str, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "FIRST_CONNECTION_SECONDS", 0.1)
    knows = {"ended": []}
    peers["auth"].answers["ended_since"] = lambda _: b'{"error":null,"result":'
    gateway = Gateway(broker.url("gateway")).start()
    try:
        eventually(lambda: peers["auth"].named("ended_since"))
        answer = gateway.client.get(STATS, headers={"Authorization": f"Bearer {mint.token()}"})
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert gateway.client.get("/readyz").json()["parts"]["sessions"] is False
        peers["auth"].answers["ended_since"] = knows
        eventually(lambda: status(gateway.client, mint.token()) == 200)
    finally:
        gateway.stop()


def test_what_did_not_come_from_auth_ends_no_session(
    gateway: Gateway, broker: Vhost, mint: Mint, peers: dict[str, Peer]
) -> None:
    token = mint.token(sid="forged")
    queues = [
        line.split()[0]
        for line in broker.control("list_queues", "name", "--quiet").splitlines()
        if line.startswith("gw.")
    ]
    assert queues
    admin = Peer("auth", broker.admin_url)
    for queue in queues:
        admin.publish("", queue, ended(7, "forged"))
    announce(peers["auth"], ended(7, "real"))
    eventually(lambda: status(gateway.client, mint.token(sid="real")) == 401)
    assert status(gateway.client, token) == 200


@pytest.mark.parametrize("exchange", ["auth.events"])
@pytest.mark.parametrize("service", ["practice", "khatma", "notify", "gateway"])
def test_no_other_service_may_say_who_left(broker: Vhost, service: str, exchange: str) -> None:
    peer = Peer(service, broker.url(service))
    with pytest.raises(pika.exceptions.ChannelClosedByBroker):
        peer.publish(exchange, "auth.session_ended.v1", ended(7, "forged"))


def test_broken_news_does_not_stop_the_listening(
    gateway: Gateway, mint: Mint, peers: dict[str, Peer]
) -> None:
    announce(peers["auth"], {"nonsense": True})
    announce(peers["auth"], ended(7, "after the nonsense"))
    eventually(lambda: status(gateway.client, mint.token(sid="after the nonsense")) == 401)


def test_what_nobody_can_use_any_more_is_forgotten(
    new_gateway: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = new_gateway().parts.revoked
    known.add(7, "old", time.time())
    assert len(known) == 1
    later = time.time() + known.kept_seconds + 1
    monkeypatch.setattr("gateway.revoked.time.time", lambda: later)
    known.add(7, "new", later)
    assert len(known) == 1


def test_an_earlier_end_of_all_sessions_revives_none_of_the_later_one(
    gateway: Gateway, mint: Mint, peers: dict[str, Peer]
) -> None:
    """Events of one person may come again, and so after a newer one."""
    person, now = 4711, time.time()
    token = mint.token(sub=str(person), iat=now - 10, nbf=now - 10)
    announce(peers["auth"], ended(person, None, before=now))
    eventually(lambda: status(gateway.client, token) == 401)
    announce(peers["auth"], ended(person, None, before=now - 100))
    announce(peers["auth"], ended(person, "told after both"))
    fresh = {"sub": str(person), "iat": now + 1, "nbf": now + 1}
    eventually(lambda: status(gateway.client, mint.token(sid="told after both", **fresh)) == 401)
    assert status(gateway.client, mint.token(sid="begun since", **fresh)) == 200
    assert status(gateway.client, token) == 401
