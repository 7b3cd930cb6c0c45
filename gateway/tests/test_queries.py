"""The words of a query: known to the operation and there once, or nothing is done.

The operations come from the OpenAPI document, so that a new one is tried without a word here.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from conftest import Gateway
from peers import Peer
from test_openapi import operations

from contracts.catalogue import SERVICES
from gateway.cursors import cursor
from gateway.openapi import document
from gateway.routes import ROUTERS

_DOCUMENT = document([route for router in ROUTERS for route in router.routes])
OPERATIONS = {
    (method, path): operation
    for method, path, operation in operations(_DOCUMENT)
    if path.startswith("/api/")
}
GOOD = {
    "page": "1",
    "page_size": "5",
    "ordering": "date",
    "meditation_type": "mantra",
    "from": "2026-01-01",
    "to": "2026-01-02",
    "window": "all",
    "limit": "3",
    "filter": "public",
    "q": "ab",
    "type": "group",
    "after": "1",
    "user": "me",
    "khatma": "1",
    "unread": "true",
    "search": "رمضان",
    "khatma_type": "group",
    "status": "active",
    "is_public": "true",
    "before": cursor(1, 7),
    "newest": "true",
    "ticket": "a-ticket",
    "types": "khatma.*,practice.session_logged",
}
# Words that mean another thing elsewhere, and those that go with no page.
GOOD_THERE = {
    ("/api/khatmas/", "ordering"): "-created_at",
    ("/api/activity/", "after"): cursor(1, 7),
    ("/api/webhooks/{id}/deliveries/", "before"): "3",
    ("/api/activity/stream/", "after"): cursor(1, 7),
}
NO_PAGE = {
    ("/api/khatmas/", "after"),
    ("/api/activity/", "before"),
    ("/api/activity/", "newest"),
    ("/api/activity/stream/", "ticket"),
}


def good(path: str, word: str) -> str:
    return f"{word}={GOOD_THERE.get((path, word), GOOD[word])}"


def words(operation: dict[str, Any]) -> list[str]:
    return [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]


def send(
    client: httpx.Client, method: str, path: str, query: str, operation: dict[str, Any]
) -> httpx.Response:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    request = client.build_request(
        method, f"{path.replace('{id}', '3')}?{query}", json=body.get("example")
    )
    if path.endswith("/stream/") and query.startswith("ticket="):
        # It says who asks, in the place of the header.
        request.headers.pop("Authorization", None)
    return client.send(request)


def refused(answer: httpx.Response) -> dict[str, list[str]]:
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    errors: dict[str, list[str]] = answer.json()["errors"]
    return errors


@pytest.fixture
def nothing_asked(peers: dict[str, Peer]) -> Iterator[None]:
    yield
    assert not [name for each in SERVICES for name, *_ in peers[each].calls if name != "health"]


def test_every_word_has_a_good_value_here() -> None:
    assert {word for operation in OPERATIONS.values() for word in words(operation)} == set(GOOD)


@pytest.mark.usefixtures("nothing_asked")
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_word_that_the_operation_does_not_know_is_named_with_those_it_knows(
    method: str, path: str, client: httpx.Client
) -> None:
    operation = OPERATIONS[method, path]
    known = words(operation)
    for word in ("dry_run", "id", "find", "Page", "", *(set(GOOD) - set(known))):
        answer = send(client, method, path, f"{word}={GOOD.get(word, 'x')}", operation)
        (message,) = refused(answer)[word]
        assert f"“{word}”" in answer.json()["detail"]
        for name in known:
            assert name in message
            assert name in answer.json()["detail"]


@pytest.mark.usefixtures("nothing_asked")
@pytest.mark.parametrize(
    ("method", "path"), [key for key, operation in OPERATIONS.items() if words(operation)]
)
def test_a_word_that_is_there_twice_is_named(method: str, path: str, client: httpx.Client) -> None:
    operation = OPERATIONS[method, path]
    for word in words(operation):
        errors = refused(
            send(client, method, path, f"{good(path, word)}&{good(path, word)}", operation)
        )
        assert errors == {word: ["Is there more than once. Send it once."]}


@pytest.mark.parametrize(
    ("method", "path"), [key for key, operation in OPERATIONS.items() if words(operation)]
)
def test_what_is_documented_is_known(
    method: str, path: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    operation = OPERATIONS[method, path]
    known = words(operation)
    apart = [word for word in known if (path, word) in NO_PAGE]
    together = "&".join(good(path, word) for word in known if word not in apart)
    for query in (together, *(good(path, word) for word in apart)):
        assert send(client, method, path, query, operation).status_code != 400


@pytest.mark.parametrize("query", ["", "&", "&&&"])
def test_a_query_without_words_is_none(query: str, client: httpx.Client) -> None:
    assert client.get(f"/api/meditations/sessions/?{query}").status_code == 200


@pytest.mark.usefixtures("nothing_asked")
@pytest.mark.parametrize("query", ["x", "%ff=1", "a=1;b=2", "first_day=2026-01-01", "x" * 5000])
def test_odd_words_are_words(query: str, client: httpx.Client) -> None:
    refused(client.get(f"/api/meditations/sessions/?{query}"))


@pytest.mark.usefixtures("nothing_asked")
def test_many_words_are_told_in_a_bounded_answer(client: httpx.Client) -> None:
    query = "&".join(f"w{n}=1" for n in range(900))
    answer = client.get(f"/api/meditations/sessions/?{query}")
    assert len(refused(answer)) <= 50
    assert len(answer.content) < 20_000


def test_who_asks_comes_before_what_is_asked(stranger: httpx.Client) -> None:
    assert stranger.delete("/api/meditations/sessions/?id=3").status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/.well-known/jwks.json"])
def test_probes_and_caches_may_add_words(path: str, gateway: Gateway) -> None:
    assert gateway.client.get(f"{path}?at=1").status_code == 200
