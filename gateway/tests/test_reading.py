"""HEAD is answered wherever GET is, as GET is, but for the body."""

from collections.abc import Callable

import httpx
import pytest
from conftest import Gateway
from fastapi.routing import APIRoute
from peers import Mint, Peer
from raw import Line, head
from starlette.routing import Route

from gateway import readiness
from gateway.routes import ROUTERS

EXTRA = ["/", "/docs", "/docs/assets/swagger-ui-bundle.js", "/docs/assets/none.js", "/openapi.json"]
READS = sorted(
    route.path.replace("{id:id}", "3").replace("{id}", "3").replace("{delivery:id}", "5")
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and "GET" in route.methods
)
SAME = ("content-type", "cache-control", "content-security-policy", "vary", "www-authenticate")


@pytest.mark.parametrize("path", [*READS, *EXTRA, "/api/khatmas?filter=public", "/nowhere"])
def test_head_is_get_without_the_body(
    path: str, client: httpx.Client, peers: dict[str, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "KNOWN_FOR_SECONDS", 60)
    got = client.get(path)
    asked = client.head(path)
    assert got.status_code != 405
    assert asked.status_code == got.status_code
    assert asked.content == b""
    assert asked.headers["content-length"] == got.headers["content-length"]
    for name in SAME:
        assert asked.headers.get(name) == got.headers.get(name), name


def test_there_is_something_to_read() -> None:
    assert {"/healthz", "/readyz", "/.well-known/jwks.json"} <= set(READS), READS


def test_every_address_that_says_get_says_head(gateway: Gateway, client: httpx.Client) -> None:
    for route in gateway.api.routes:
        if isinstance(route, Route) and "{name}" not in route.path:
            path = route.path.replace("{id:id}", "3")
            path = path.replace("{link:id}", "4").replace("{delivery:id}", "5")
            allowed = client.request("TRACE", path).headers["allow"].split(", ")
            assert ("HEAD" in allowed) is ("GET" in allowed), path


def test_nothing_of_a_body_is_sent(gateway: Gateway, mint: Mint) -> None:
    with Line(gateway) as line:
        token = f"Authorization: Bearer {mint.token()}"
        for path in ("/healthz", "/api/meditations/sessions/", "/docs"):
            line.send(head(f"HEAD {path}", token) + head("GET /healthz"))
            assert line.hear(to="HEAD").status == 200
            assert line.hear().body == b'{"alive":true}'


def test_head_where_only_post_is(client: httpx.Client) -> None:
    answer = client.head("/api/login/")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_figures_and_logs_know_it_by_its_name(
    client: httpx.Client, figures: Callable[[], str]
) -> None:
    client.head("/api/meditations/stats/")
    assert 'method="HEAD",route="/api/meditations/stats/",status="200"' in figures()
