"""Alive, ready, and what is missing."""

import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from conftest import Gateway, eventually
from peers import Peer

from contracts.catalogue import SERVICES
from gateway import app, heartbeat

DATABASES = [f"{service} database" for service in SERVICES]


def test_alive_although_everything_is_down(gateway: Gateway, peers: dict[str, Peer]) -> None:
    for peer in peers.values():
        peer.silent = True
    assert gateway.client.get("/healthz").json() == {"alive": True}


def test_without_a_broker_it_listens_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "FIRST_CONNECTION_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    gateway = Gateway(f"amqp://gateway:x@127.0.0.1:{port}/sakina").start()
    try:
        assert gateway.client.get("/healthz").status_code == 200
        assert "broker" in _down(gateway.client)
        assert heartbeat.complaint(f"{gateway.url}/readyz") == "it has not reached the broker"
    finally:
        gateway.stop()


def test_ready_names_every_part(stranger: httpx.Client) -> None:
    def whole() -> bool:
        answer = stranger.get("/readyz")
        return answer.status_code == 200 and set(answer.json()["parts"]) == {
            "broker",
            "sessions",
            *SERVICES,
            *DATABASES,
        }

    eventually(whole)


def test_a_database_that_is_down_is_named(stranger: httpx.Client, peers: dict[str, Peer]) -> None:
    health = {"service": "khatma", "database": False, "outbox": 0}
    peers["khatma"].answers["health"] = health
    eventually(lambda: _down(stranger) == ["khatma database"])


def test_a_service_that_is_down_is_named(
    stranger: httpx.Client, unheard: Callable[[str], None]
) -> None:
    unheard("notify")
    eventually(lambda: _down(stranger) == ["notify", "notify database"])
    assert heartbeat.complaint(f"{stranger.base_url}/readyz") is None, (
        "it is not the gateway's fault"
    )


@pytest.mark.parametrize("unforeseen", [{}, [], None, {"service": "khatma", "database": "maybe?"}])
def test_a_health_that_cannot_be_understood_is_none(
    unforeseen: Any, stranger: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["khatma"].answers["health"] = unforeseen
    eventually(lambda: _down(stranger) == ["khatma", "khatma database"])


def test_being_asked_often_asks_the_services_little(
    stranger: httpx.Client, peers: dict[str, Peer]
) -> None:
    for _ in range(30):
        stranger.get("/readyz")
    assert len(peers["auth"].named("health")) < 30


def test_nobody_there_is_a_complaint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    assert "does not answer" in str(heartbeat.complaint(f"http://127.0.0.1:{port}/readyz"))


def _down(client: httpx.Client) -> list[str]:
    answer = client.get("/readyz")
    down = [name for name, is_up in answer.json()["parts"].items() if not is_up]
    assert answer.status_code == (503 if down else 200)
    return down


def test_not_ready_says_when_to_ask_again(stranger: httpx.Client, peers: dict[str, Peer]) -> None:
    peers["khatma"].answers["health"] = {"service": "khatma", "database": False, "outbox": 0}
    eventually(lambda: stranger.get("/readyz").status_code == 503)
    assert stranger.get("/readyz").headers["Retry-After"] == "1"


def test_the_public_door_says_no_figures(stranger: httpx.Client) -> None:
    answer = stranger.get("/metrics")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_asked_in_vain_makes_no_series(
    client: httpx.Client, figures: Callable[[], str]
) -> None:
    """Seven methods of each address, with a histogram each, would be most of the figures."""
    before = figures()
    for method in ("PUT", "PATCH", "DELETE", "POST", "HEAD", "OPTIONS"):
        client.request(method, "/api/meditations/stats/")
    client.delete("/api/khatmas/3/join/x/")
    after = figures()
    new = set(map(_series, after.splitlines())) - set(map(_series, before.splitlines()))
    assert [each for each in new if 'method="PATCH"' in each and "stats" in each] == []
    assert not [line for line in after.splitlines() if "_created" in line]


def _series(line: str) -> str:
    return line.rpartition(" ")[0]
