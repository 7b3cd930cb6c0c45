"""Webhooks by HTTP: what notify is asked for each of them, and what goes back."""

from typing import Any

import httpx
import orjson
from peers import Peer

from contracts.preconditions import entity_tag

SHOWN = {
    "id": 3,
    "url": "https://example.com/hooks",
    "types": [],
    "description": "",
    "enabled": True,
    "disabled_reason": None,
    "disabled_at": None,
    "former_secret_until": None,
    "created_at": "2026-03-01T08:00:00.000000Z",
    "updated_at": "2026-03-01T08:00:00.000000Z",
}
SECRET = {"secret": "whsec_" + "a" * 43 + "="}
DELIVERY = {
    "id": 5,
    "event_id": "0195a1de-7c00-7000-8000-000000000001",
    "type": "khatma.created.v1",
    "subject": "khatma/17",
    "state": "waiting",
    "tries": 0,
    "created_at": "2026-03-01T08:00:00.000000Z",
    "next_try_at": None,
    "last_try_at": None,
    "response_code": None,
    "latency_ms": None,
    "problem": None,
}


def asked(peers: dict[str, Peer], method: str) -> dict[str, Any]:
    """Return the body of the last request for a method of notify."""
    body: dict[str, Any] = peers["notify"].named(method)[-1]["body"]
    return body


def test_a_new_webhook_has_an_address_and_the_tag_of_what_is_shown_later(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["notify"].answers["create_webhook"] = SHOWN | SECRET
    peers["notify"].answers["get_webhook"] = SHOWN
    made = client.post("/api/webhooks/", json={"url": SHOWN["url"]})
    assert (made.status_code, made.json()) == (201, SHOWN | SECRET)
    assert made.headers["Location"] == "/api/webhooks/3/"
    shown = client.get("/api/webhooks/3/")
    assert shown.headers["ETag"] == made.headers["ETag"] == entity_tag(orjson.dumps(SHOWN))
    tag = {"If-None-Match": made.headers["ETag"]}
    assert client.get("/api/webhooks/3/", headers=tag).status_code == 304


def test_a_change_says_what_is_named_and_under_which_condition(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["notify"].answers["change_webhook"] = SHOWN
    peers["notify"].answers["delete_webhook"] = {"message": "Gone."}
    headers = {"If-Match": '"abc"'}
    changed = client.patch("/api/webhooks/3/", json={"enabled": False}, headers=headers)
    assert changed.headers["ETag"] == entity_tag(orjson.dumps(SHOWN))
    said = asked(peers, "change_webhook")
    assert (said["id"], said["change"]) == (3, {"enabled": False})
    assert said["precondition"]["if_match"] == ['"abc"']
    assert client.delete("/api/webhooks/3/", headers=headers).status_code == 204
    assert asked(peers, "delete_webhook")["precondition"]["if_match"] == ['"abc"']


def test_a_secret_is_rotated_with_a_day_of_overlap_unless_it_is_said(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    answer = {"id": 3, "former_secret_until": None} | SECRET
    peers["notify"].answers["rotate_secret"] = answer
    assert client.post("/api/webhooks/3/rotate/").json() == answer
    assert asked(peers, "rotate_secret") == {"id": 3, "overlap_hours": 24}
    client.post("/api/webhooks/3/rotate/", json={"overlap_hours": 0})
    assert asked(peers, "rotate_secret") == {"id": 3, "overlap_hours": 0}
    for same in (2, 2.0, "2"):
        said = client.post("/api/webhooks/3/rotate/", json={"overlap_hours": same})
        assert said.status_code == 200, same
        assert asked(peers, "rotate_secret") == {"id": 3, "overlap_hours": 2}


def test_deliveries_are_listed_got_and_sent_again(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    answers = peers["notify"].answers
    answers["page_deliveries"] = {"results": [DELIVERY], "next": 5}
    answers["get_delivery"] = answers["redeliver"] = answers["test_webhook"] = DELIVERY
    answers["redeliver_since"] = {"message": "Sent.", "redelivered": 1, "next": None}
    page = client.get("/api/webhooks/3/deliveries/?before=9&limit=2")
    assert page.json() == {"results": [DELIVERY], "next": 5}
    assert asked(peers, "page_deliveries") == {"id": 3, "before": 9, "limit": 2}
    assert client.get("/api/webhooks/3/deliveries/5/").json() == DELIVERY
    assert asked(peers, "get_delivery") == {"id": 3, "delivery": 5}
    assert client.post("/api/webhooks/3/deliveries/5/redeliver/").json() == DELIVERY
    assert asked(peers, "redeliver") == {"id": 3, "delivery": 5}
    since = {"since": "2026-03-01T08:00:00.000000Z"}
    assert client.post("/api/webhooks/3/redeliver/", json=since).json()["redelivered"] == 1
    assert asked(peers, "redeliver_since") == {"id": 3, **since}
    for other in ("2026-03-01T08:00:00Z", "2026-03-01T11:00:00+03:00", "2026-03-01t08:00:00.0z"):
        said = client.post("/api/webhooks/3/redeliver/", json={"since": other})
        assert said.status_code == 200, other
        assert asked(peers, "redeliver_since") == {"id": 3, **since}, other
    assert client.post("/api/webhooks/3/test/").json() == DELIVERY
