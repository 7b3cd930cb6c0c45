"""Asking a service: what travels, and that every question ends in time."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from conftest import DEADLINE, ROOM, SESSION, Gateway, eventually, usual
from peers import Mint, Peer

from contracts.catalogue import SERVICES
from contracts.refusals import REFUSALS, Conflict, Late, Refusal
from sakina_local.testing import PrivateVhost, Vhost

LIST = "/api/meditations/sessions/"


def test_what_travels(client: httpx.Client, peers: dict[str, Peer]) -> None:
    begun = time.time()
    answer = client.get(
        LIST,
        params={"page": 1, "from": "2026-01-01", "ordering": "-date"},
        headers={
            "X-Request-Id": "from-the-client",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        },
    )
    assert answer.headers["x-request-id"] == "from-the-client"
    ((method, request, properties),) = peers["practice"].calls
    assert method == "list_sessions"
    assert request["body"] == {"page": 1, "first_day": "2026-01-01", "ordering": "-date"}
    assert request["command"] is None
    assert properties.content_type == "application/json"
    assert properties.content_encoding == "utf-8"
    assert properties.reply_to.startswith("amq.rabbitmq.reply-to.")
    assert 0 < int(properties.expiration) <= DEADLINE * 1000
    assert properties.headers["nameko.request_id"] == "from-the-client"
    _, trace_id, span, _ = properties.headers["nameko.traceparent"].split("-")
    assert trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert span != "b7ad6b7169203331"
    assert begun * 1000 < properties.headers["nameko.deadline"] <= (time.time() + DEADLINE) * 1000


def test_an_answer_passes_byte_for_byte(client: httpx.Client, peers: dict[str, Peer]) -> None:
    written = b'{"total_minutes": 1.0, "x":"\\u0647\xd8\xaf","x":null}'
    peers["practice"].answers["stats"] = lambda _: b'{"error":null,"result":%b}' % written
    answer = client.get("/api/meditations/stats/")
    assert answer.content == written
    assert answer.headers["content-type"] == "application/json"


def test_the_answer_of_a_stock_caller_is_understood(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["practice"].answers["stats"] = lambda _: b'{"result": {"a": 1}, "error": null}'
    assert client.get("/api/meditations/stats/").json() == {"a": 1}


@pytest.mark.parametrize("kind", [kind for kind in REFUSALS.values() if kind is not Late], ids=str)
def test_each_refusal_becomes_its_status(
    kind: type[Refusal], client: httpx.Client, peers: dict[str, Peer]
) -> None:
    def refuse(_: Any) -> None:
        raise kind("Do it otherwise.", errors={"duration": ["Must be less."]}, retry_after=7)

    peers["practice"].answers["stats"] = refuse
    answer = client.get("/api/meditations/stats/")
    assert answer.status_code == kind.status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "7"
    assert answer.json() == {
        "type": "about:blank",
        "title": kind.title,
        "status": kind.status,
        "detail": "Do it otherwise.",
        "message": "Do it otherwise.",
        "instance": "/api/meditations/stats/",
        "errors": {"duration": ["Must be less."]},
    }


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"error":null}',
        b'{"result":null,"error":"text"}',
        b'{"result":null,"error":{"exc_type":"KeyError","exc_path":"x.y","value":"secret"}}',
    ],
)
def test_an_answer_that_is_none_is_a_500_that_says_nothing(
    reply: bytes, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["practice"].answers["stats"] = lambda _: reply
    answer = client.get("/api/meditations/stats/")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "KeyError" not in answer.text


def test_a_service_that_nobody_runs_is_a_503_at_once(
    new_gateway: Callable[..., Gateway], mint: Mint, unheard: Callable[[str], None]
) -> None:
    """Not after the deadline, which would be far away."""
    gateway = new_gateway(deadline_seconds=60)
    unheard("practice")
    headers = {"Authorization": f"Bearer {mint.token()}"}
    answer = gateway.client.get(LIST, headers=headers, timeout=20)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert "practice" in answer.json()["detail"]


def test_a_service_that_has_no_queue_is_a_503_at_once(
    new_gateway: Callable[..., Gateway],
    mint: Mint,
    broker: Vhost,
    unheard: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The broker itself gives the message back; nobody has to ask it."""
    monkeypatch.setattr("gateway.rpc.DOUBT_SECONDS", 60.0)
    gateway = new_gateway(deadline_seconds=60)
    unheard("practice")
    broker.control("delete_queue", "rpc-practice")
    headers = {"Authorization": f"Bearer {mint.token()}"}
    assert gateway.client.get(LIST, headers=headers, timeout=20).status_code == 503


def test_a_service_that_comes_back_is_heard_again(
    client: httpx.Client, peers: dict[str, Peer], unheard: Callable[[str], None]
) -> None:
    unheard("practice")
    assert client.get(LIST).status_code == 503
    peers["practice"].start()
    eventually(lambda: client.get(LIST).status_code == 200)


def test_a_silent_service_is_a_504_by_the_deadline(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["practice"].silent = True
    begun = time.monotonic()
    answer = client.get(LIST)
    assert answer.status_code == 504
    assert answer.headers["content-type"] == "application/problem+json"
    # The promise of bounded waiting, not a measure of speed.
    assert time.monotonic() - begun < DEADLINE + ROOM


def test_the_deadline_holds_where_what_watches_over_a_call_fails(
    client: httpx.Client, peers: dict[str, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> int:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("gateway.queue_probe.QueueProbe.consumers", fail)
    peers["practice"].silent = True
    assert client.get(LIST, timeout=DEADLINE + ROOM).status_code == 504


def test_an_answer_that_is_late_is_nobody_elses(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    def late(_: Any) -> dict[str, Any]:
        time.sleep(DEADLINE * 1.2)
        return {"late": True}

    peers["practice"].answers["stats"] = late
    assert client.get("/api/meditations/stats/").status_code == 504
    assert client.get(LIST).json()["results"] == [SESSION]


def test_beyond_the_cap_one_is_told_to_come_back(
    new_gateway: Callable[..., Gateway], mint: Mint, peers: dict[str, Peer]
) -> None:
    gateway = new_gateway(max_in_flight=4, deadline_seconds=5)
    headers = {"Authorization": f"Bearer {mint.token()}"}
    assert gateway.client.get(LIST, headers=headers).status_code == 200
    peers["practice"].silent = True
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: gateway.client.get(LIST, headers=headers), range(12)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [503] * 8 + [504] * 4
    assert all("retry-after" in a.headers for a in answers if a.status_code == 503)
    peers["practice"].silent = False
    assert gateway.client.get(LIST, headers=headers).status_code == 200


def test_many_at_once_each_get_their_own(client: httpx.Client, peers: dict[str, Peer]) -> None:
    peers["practice"].answers["get_session"] = lambda request: {"id": request["body"]["id"]}

    def asked(number: int) -> int:
        # A busy machine lets deadlines pass: that is a refusal, and never another's answer.
        for _ in range(10):
            answer = client.get(f"{LIST}{number}/")
            if answer.status_code != 504:
                break
        return answer.json()["id"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(asked, range(1, 201)))
    assert answers == list(range(1, 201))


def test_the_broker_goes_and_comes_back(private_broker: PrivateVhost, mint: Mint) -> None:
    answers = usual(mint)
    peers = {name: Peer(name, private_broker.url(name), answers[name]).start() for name in SERVICES}
    gateway = Gateway(private_broker.url("gateway")).start()
    headers = {"Authorization": f"Bearer {mint.token(sid='leaves meanwhile')}"}
    try:
        eventually(gateway.is_whole, 30)
        assert gateway.client.get(LIST, headers=headers).status_code == 200
        peers["practice"].silent = True
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(gateway.client.get, LIST, headers=headers)
            eventually(lambda: len(peers["practice"].calls) > 1)
            private_broker.stop()
            assert waiting.result().status_code in {503, 504}
        begun = time.monotonic()
        answer = gateway.client.get(LIST, headers=headers)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert time.monotonic() - begun < DEADLINE + ROOM
        assert gateway.client.get("/healthz").status_code == 200
        assert gateway.client.get("/readyz").json()["parts"]["broker"] is False

        answers["auth"]["ended_since"] = {
            "ended": [{"user": 7, "sid": "leaves meanwhile", "before": time.time()}]
        }
        private_broker.start()
        for peer in peers.values():
            peer.stop()
            peer.silent = False
            peer.start()
        eventually(gateway.is_whole, 30)
        assert gateway.client.get(LIST, headers=headers).status_code == 401
        headers = {"Authorization": f"Bearer {mint.token()}"}
        assert gateway.client.get(LIST, headers=headers).status_code == 200
    finally:
        gateway.stop()
        for peer in peers.values():
            peer.stop()


def test_a_service_that_had_no_time_to_begin_is_busy(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    """Nothing was begun, so who tries again risks nothing."""

    def late(_: Any) -> None:
        raise Late("The service could not do this in time; nothing was changed. Try again.")

    peers["practice"].answers["stats"] = late
    answer = client.get("/api/meditations/stats/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json()["detail"].startswith("The service could not do this in time")


def test_a_request_that_is_being_worked_on_says_when_to_ask_again(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    def busy(_: Any) -> None:
        raise Conflict("The same request is being worked on.", retry_after=1)

    peers["practice"].answers["log_session"] = busy
    said = {"meditation_type": "mantra", "duration": 5}
    answer = client.post("/api/meditations/sessions/", json=said)
    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "1")
