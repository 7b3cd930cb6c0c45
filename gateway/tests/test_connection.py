"""The connection to the broker: silent, cut, blocked, and back again."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from conftest import DEADLINE, ROOM, Gateway, eventually, usual
from peers import Mint, Peer
from pika.frame import Method
from pika.spec import Connection
from wire import Wire

from contracts.catalogue import SERVICES
from gateway import readiness
from sakina_local.testing import PrivateVhost, Vhost

LIST = "/api/meditations/sessions/"
NEW_SESSION = {"meditation_type": "gratitude", "duration": 25, "date": "2026-03-01"}


@pytest.fixture
def wire(broker: Vhost) -> Iterator[Wire]:
    wire = Wire(broker.url("gateway"))
    yield wire
    wire.close()


@pytest.fixture
def wired(wire: Wire, peers: dict[str, Peer]) -> Iterator[Gateway]:
    """A gateway at the end of the wire."""
    gateway = Gateway(wire.url).start()
    eventually(gateway.is_whole)
    yield gateway
    wire.thaw()
    gateway.stop()


def in_time(
    gateway: Gateway, headers: dict[str, str], method: str = "GET", json: Any = None
) -> httpx.Response:
    """The promise of bounded waiting, which is not a measure of speed."""
    begun = time.monotonic()
    answer = gateway.client.request(method, LIST, headers=headers, json=json)
    assert time.monotonic() - begun < DEADLINE + ROOM
    return answer


def test_who_listens_can_answer(
    wire: Wire, peers: dict[str, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new gateway is sent requests as soon as it listens, however slow its broker is."""
    monkeypatch.setattr(readiness, "SECONDS", 10)
    wire.freeze()

    def thaw() -> None:
        eventually(lambda: wire.in_use)
        time.sleep(0.3)  # the gateway is in the middle of its greeting
        wire.thaw()

    threading.Thread(target=thaw).start()
    gateway = Gateway(wire.url, deadline_seconds=10).start()
    try:
        assert gateway.is_whole()
    finally:
        gateway.stop()


def test_who_stops_takes_leave_of_the_broker(wire: Wire, peers: dict[str, Peer]) -> None:
    """The broker warns of whoever goes without a word, as if something had failed."""
    gateway = Gateway(wire.url).start()
    eventually(gateway.is_whole)
    gateway.stop()
    assert not gateway.is_running()
    assert wire.last_answer.endswith(Method(0, Connection.CloseOk()).marshal())


def test_who_stops_waits_for_no_silent_broker(wire: Wire, peers: dict[str, Peer]) -> None:
    gateway = Gateway(wire.url).start()
    eventually(gateway.is_whole)
    wire.freeze()
    gateway.stop()
    assert not gateway.is_running()


def test_first_writes_wait_for_a_silent_broker_no_longer_than_others(
    wired: Gateway, wire: Wire, mint: Mint
) -> None:
    headers = {"Authorization": f"Bearer {mint.token()}"}
    assert in_time(wired, headers).status_code == 200
    wire.freeze()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: in_time(wired, headers, "POST", NEW_SESSION), range(6)))
    assert {answer.status_code for answer in answers} <= {503, 504}
    wire.thaw()
    eventually(lambda: in_time(wired, headers, "POST", NEW_SESSION).status_code == 201)


def test_a_silent_broker_is_a_503_by_the_deadline(wired: Gateway, wire: Wire, mint: Mint) -> None:
    headers = {"Authorization": f"Bearer {mint.token()}"}
    assert in_time(wired, headers).status_code == 200
    wire.freeze()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: in_time(wired, headers), range(6)))
    for answer in answers:
        assert answer.status_code in {503, 504}
        assert answer.headers["content-type"] == "application/problem+json"
    wire.thaw()
    eventually(lambda: wired.client.get(LIST, headers=headers).status_code == 200)


def test_a_cut_wire_is_a_503_and_is_mended(
    wired: Gateway, wire: Wire, mint: Mint, peers: dict[str, Peer]
) -> None:
    headers = {"Authorization": f"Bearer {mint.token(sid='left while it was cut')}"}
    assert in_time(wired, headers).status_code == 200
    peers["practice"].silent = True
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(in_time, wired, headers)
        eventually(lambda: len(peers["practice"].calls) > 1)
        peers["auth"].answers["ended_since"] = {
            "ended": [{"user": 7, "sid": "left while it was cut", "before": time.time()}]
        }
        wire.cut()
        answer = waiting.result()
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    peers["practice"].silent = False
    fresh = {"Authorization": f"Bearer {mint.token()}"}
    eventually(lambda: wired.client.get(LIST, headers=fresh).status_code == 200)
    assert wired.client.get(LIST, headers=headers).status_code == 401


def test_a_write_whose_answer_is_lost_with_the_wire_is_not_said_to_be_undone(
    wired: Gateway, wire: Wire, mint: Mint, peers: dict[str, Peer]
) -> None:
    """The service has it, and may be doing it: who takes a 503 for a no would do it twice."""
    headers = {"Authorization": f"Bearer {mint.token()}"}
    assert in_time(wired, headers, "POST", NEW_SESSION).status_code == 201
    peers["practice"].silent = True
    before = len(peers["practice"].named("log_session"))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(in_time, wired, headers, "POST", NEW_SESSION)
        eventually(lambda: len(peers["practice"].named("log_session")) > before)
        wire.cut()
        answer = waiting.result()
    peers["practice"].silent = False
    assert answer.status_code == 504
    assert "may have been done" in answer.json()["detail"]


def test_a_broker_that_takes_no_more_is_a_503(private_broker: PrivateVhost, mint: Mint) -> None:
    answers = usual(mint)
    peers = [Peer(name, private_broker.url(name), answers[name]).start() for name in SERVICES]
    gateway = Gateway(private_broker.url("gateway")).start()
    headers = {"Authorization": f"Bearer {mint.token()}"}
    try:
        eventually(gateway.is_whole, 30)
        private_broker.server.control("set_vm_memory_high_watermark", "0.0000001")
        try:
            eventually(lambda: in_time(gateway, headers).status_code == 503, 20)
            assert gateway.client.get("/readyz").json()["parts"]["broker"] is False
        finally:
            private_broker.server.control("set_vm_memory_high_watermark", "0.6")
        eventually(lambda: gateway.client.get(LIST, headers=headers).status_code == 200, 20)
    finally:
        gateway.stop()
        for peer in peers:
            peer.stop()


def test_nothing_is_written_before_every_service_has_its_queues(
    private_broker: PrivateVhost, mint: Mint
) -> None:
    """Where a system starts for the first time, an event for a service to come would be lost."""
    answers = usual(mint)
    peers = {name: Peer(name, private_broker.url(name), answers[name]) for name in SERVICES}
    for name in ("auth", "practice", "khatma"):
        peers[name].start()
    gateway = Gateway(private_broker.url("gateway")).start()
    headers = {"Authorization": f"Bearer {mint.token()}"}

    def write() -> httpx.Response:
        return gateway.client.post(LIST, json=NEW_SESSION, headers=headers)

    try:
        eventually(lambda: gateway.client.get(LIST, headers=headers).status_code == 200)
        refused = write()
        assert refused.status_code == 503
        assert "notify" in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) >= 1
        assert not peers["practice"].named("log_session")

        peers["notify"].start()
        eventually(lambda: write().status_code == 201)
        peers["notify"].stop()
        assert write().status_code == 201
        gateway.stop()
        gateway = Gateway(private_broker.url("gateway")).start()
        eventually(lambda: write().status_code == 201)
    finally:
        gateway.stop()
        for peer in peers.values():
            peer.stop()


def test_after_a_cut_nobody_gets_in_before_it_is_known_who_left(
    wired: Gateway, wire: Wire, mint: Mint, peers: dict[str, Peer]
) -> None:
    headers = {"Authorization": f"Bearer {mint.token()}"}
    assert in_time(wired, headers).status_code == 200
    peers["auth"].answers["ended_since"] = b"nothing that can be understood"
    peers["auth"].calls = []
    wire.cut()
    eventually(lambda: peers["auth"].named("ended_since"))
    assert in_time(wired, headers).status_code == 503
    peers["auth"].answers["ended_since"] = {"ended": []}
    eventually(lambda: in_time(wired, headers).status_code == 200)
