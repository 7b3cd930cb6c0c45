"""Headers: those that come in decide little, those that go out say enough."""

import logging
from collections.abc import Callable

import httpx
import orjson
import pytest
from conftest import Gateway, eventually
from peers import Mint, Peer

from gateway.logs import about
from telemetry.logs import JsonLines

STATS = "/api/meditations/stats/"
LOGIN = {"email": "layla@example.com", "password": "quiet-river-29"}


def logs_in(peers: dict[str, Peer]) -> None:
    user = {"id": 7, "username": "layla", "email": "layla@example.com"}
    peers["auth"].answers["log_in"] = {"access": "a", "refresh": "r", "user": user}


def address_told(peers: dict[str, Peer]) -> str:
    address: str = peers["auth"].named("log_in")[-1]["body"]["address"]
    return address


@pytest.mark.parametrize(
    "headers",
    [
        {"X-User-Id": "1", "X-User": "admin", "X-User-Name": "admin"},
        {"nameko.user_id": "1", "nameko.request_id": "x", "nameko.deadline": "0"},
        {"X-Forwarded-User": "1", "X-Authenticated-User": "1", "Remote-User": "1"},
        {"Cookie": "sessionid=1"},
    ],
)
def test_nobody_is_somebody_by_a_header(
    headers: dict[str, str],
    client: httpx.Client,
    stranger: httpx.Client,
    peers: dict[str, Peer],
) -> None:
    assert stranger.get(STATS, headers=headers).status_code == 401
    client.get(STATS, headers=headers)
    ((_, request, properties),) = peers["practice"].calls
    assert request["actor"]["id"] == 7
    assert properties.headers.keys() == {
        "nameko.request_id",
        "nameko.traceparent",
        "nameko.deadline",
    }
    assert properties.headers["nameko.deadline"] > 0
    assert properties.headers["nameko.request_id"] != "x"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        ("", "203.0.113.9", "127.0.0.1"),
        ("10.0.0.0/8", "203.0.113.9", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.0/8, 10.0.0.0/8", "1.1.1.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("127.0.0.0/8", "1.1.1.1, 2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_the_address_of_a_login_is_its_own(
    proxies: str,
    forwarded: str,
    address: str,
    new_gateway: Callable[..., Gateway],
    peers: dict[str, Peer],
) -> None:
    logs_in(peers)
    gateway = new_gateway(trusted_proxies=proxies)
    headers = {"X-Forwarded-For": forwarded, "X-Real-IP": "9.9.9.9", "Forwarded": "for=9.9.9.9"}
    assert gateway.client.post("/api/login/", json=LOGIN, headers=headers).status_code == 200
    assert address_told(peers) == address


def test_no_body_says_where_it_comes_from(stranger: httpx.Client, peers: dict[str, Peer]) -> None:
    logs_in(peers)
    answer = stranger.post("/api/login/", json=LOGIN | {"address": "9.9.9.9"})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["address"]


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "ключ", '"};', "a\\nb"])
def test_an_insane_request_id_is_made_anew(given: str, client: httpx.Client) -> None:
    made = client.get(STATS, headers={b"X-Request-Id": given.encode()}).headers["x-request-id"]
    assert made != given
    assert len(made) == 32


@pytest.mark.parametrize(
    "given",
    [
        "nonsense",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    ],
)
def test_an_invalid_traceparent_is_made_anew(
    given: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    client.get(STATS, headers={"traceparent": given})
    ((_, _, properties),) = peers["practice"].calls
    version, trace, span, flags = properties.headers["nameko.traceparent"].split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")
    assert trace not in given.lower()


@pytest.mark.parametrize("path", [STATS, "/nowhere", "/healthz"])
def test_answers_are_guarded(path: str, client: httpx.Client) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["strict-transport-security"]
    assert "x-request-id" in headers
    assert "server" not in headers


def test_any_origin_may_call_but_brings_no_cookies(client: httpx.Client) -> None:
    asked = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
    }
    preflight = client.options("/api/user/me/", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    answer = client.get(STATS, headers={"Origin": "https://app.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()


ALLOWED = (
    "authorization,content-type,idempotency-key,x-request-id,if-match,if-none-match,"
    "if-modified-since,if-unmodified-since,traceparent,tracestate,baggage,x-requested-with,"
    "cache-control"
)
PREFLIGHT = {
    "Origin": "https://app.example",
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": ALLOWED,
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_a_page_may_send_what_is_read_and_what_travels_along(
    method: str, stranger: httpx.Client
) -> None:
    asked = PREFLIGHT | {"Access-Control-Request-Method": method}
    preflight = stranger.options("/api/khatmas/", headers=asked)
    assert preflight.status_code == 200
    allowed = preflight.headers["access-control-allow-headers"].lower().split(", ")
    assert set(ALLOWED.split(",")) <= set(allowed)
    assert method in preflight.headers["access-control-allow-methods"]


def test_a_page_may_read_what_answers_say_beside_the_body(client: httpx.Client) -> None:
    answer = client.get(STATS, headers={"Origin": "https://app.example"})
    exposed = answer.headers["access-control-expose-headers"].lower().split(", ")
    assert {"location", "etag", "retry-after", "x-request-id", "www-authenticate"} <= set(exposed)


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        ({"Access-Control-Request-Headers": "authorization, x-secret"}, "by its headers."),
        ({"Access-Control-Request-Method": "TRACE"}, "by its method."),
        ({"Access-Control-Request-Private-Network": "true"}, "by its private-network."),
    ],
)
def test_a_preflight_is_refused_in_a_problem_that_says_what_passes(
    asked: dict[str, str], what: str, stranger: httpx.Client
) -> None:
    answer = stranger.options("/khatmas", headers=PREFLIGHT | asked)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 400
    assert answer.json()["instance"] == "/khatmas"
    assert what in answer.json()["detail"]
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "Authorization" in answer.headers["access-control-allow-headers"]


def test_an_origin_that_is_not_allowed_is_refused_in_a_problem(
    new_gateway: Callable[..., Gateway],
) -> None:
    client = new_gateway(cors_origins="https://one.example").client
    answer = client.options("/api/khatmas/", headers=PREFLIGHT)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "access-control-allow-origin" not in answer.headers
    own = PREFLIGHT | {"Origin": "https://one.example"}
    assert client.options("/api/khatmas/", headers=own).status_code == 200


@pytest.mark.parametrize("length", [9000, 40_000])
def test_what_http_refuses_a_page_may_read(length: int, stranger: httpx.Client) -> None:
    headers = {"Origin": "https://app.example", "X-Long": "a" * length}
    answer = stranger.get("/healthz" + "?" * (length < 10_000) + "b" * 9000, headers=headers)
    assert answer.status_code in (414, 431)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_errors_are_for_browsers_too(stranger: httpx.Client) -> None:
    for path in (STATS, "/nowhere"):
        answer = stranger.get(path, headers={"Origin": "https://app.example"})
        assert answer.headers["access-control-allow-origin"] == "*"


def test_a_setting_narrows_the_origins(new_gateway: Callable[..., Gateway]) -> None:
    client = new_gateway(cors_origins="https://one.example https://two.example").client
    for origin, allowed in (("https://two.example", True), ("https://evil.example", False)):
        headers = client.get("/healthz", headers={"Origin": origin}).headers
        assert (headers.get("access-control-allow-origin") == origin) is allowed


def test_figures_are_by_route_and_not_by_path(
    client: httpx.Client, figures: Callable[[], str]
) -> None:
    for number in (101, 102):
        client.get(f"/api/meditations/sessions/{number}/")
    client.get("/some/guess/103")
    said = figures()
    assert 'method="GET",route="/api/meditations/sessions/{id}/",status="200"' in said
    assert 'route="none",status="404"' in said
    for number in ("101", "102", "103"):
        assert f"/{number}" not in said
    assert "sakina_gateway_rpc_in_flight" in said
    assert 'sakina_gateway_rpc_total{method="practice.get_session",outcome="ok"}' in said


# The code of a link, in every way in which somebody may write its address, and astray.
CODE = "canary-canary-canary_1"
PHONE = "971501234567"
CODE_PATHS = [
    f"/api/khatmas/links/{CODE}/",
    f"/api/khatmas/links/{CODE}",
    f"//api//khatmas/links//{CODE}//",
    f"/api/api/khatmas/links/{CODE}/",
    f"/khatmas/links/{CODE}/",
    f"/api/khatmas/l%69nks/{CODE}/",
    f"/api/khatmas/links/{CODE}./",
    f"/api/khatmas/links/{CODE}/join/",
    f"/{CODE}",
    "/api/login/canary",
    "/api/login/canary%40example.com",
]


def test_the_log_tells_of_requests_and_of_no_secret(
    client: httpx.Client, mint: Mint, peers: dict[str, Peer]
) -> None:
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            # The client of this test runs in the same process, and logs too.
            if not record.name.startswith(("httpx", "httpcore")):
                lines.append(JsonLines("gateway", about).format(record))

    handler, root = Kept(), logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    try:
        logs_in(peers)
        client.post("/api/login/?x=canary", json=LOGIN | {"password": "canary-canary"})
        client.post("/api/login/", json=LOGIN | {"password": "canary-canary"})
        client.post("/api/accounts/register/", json={"password": "canary\x00", "email": 1})
        client.post("/api/login/", content=b'{"password": "canary')
        client.get(STATS, headers={"Authorization": f"Bearer {mint.token(sid='canary')}x"})
        for path in CODE_PATHS:
            client.get(path)
            client.post(path, json={"canary": 1})
            client.delete(path)
        client.post(f"/api/login/{PHONE}", json=LOGIN)
        intentions = "/api/khatmas/3/intentions/"
        client.post(intentions, json={"intention": ["canary"]})
        client.post(intentions, json={"intention": ["canary", "\u202ecanary"]})
        peers["practice"].answers["stats"] = b"canary"
        client.get(STATS)
        # The last line is written when its answer is on its way already.
        eventually(lambda: any('"status":500' in line for line in tuple(lines)))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    text = "\n".join(lines)
    assert "canary" not in text
    assert PHONE not in text
    told = [orjson.loads(line) for line in lines]
    requests = [line for line in told if line["logger"] == "gateway.access"]
    assert {line["status"] for line in requests} == {200, 400, 401, 404, 405, 500}
    told_by = {line["route"] for line in requests}
    assert {"/api/khatmas/links/{code}/", "/api/khatmas/{id}/intentions/"} <= told_by
    fields = {"time", "level", "method", "path", "route", "ms", "request_id", "person"}
    assert fields <= requests[0].keys()
    paths = {line["path"] for line in requests}
    assert {"/api/login/-", "/api/khatmas/links/-/", "/api/khatmas/3/intentions/"} <= paths


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/docs/assets/start.js"])
def test_the_pages_say_what_they_take(path: str, stranger: httpx.Client) -> None:
    answer = stranger.post(path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "header",
    [
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "If-Modified-Since",
        "If-Unmodified-Since",
        "Origin",
        "X-Request-Id",
    ],
)
def test_a_header_of_one_value_comes_once(
    header: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    """RFC 9110, 5.3: only a header that is a list may come in several lines."""
    client.headers.pop("Content-Type", None)
    answer = client.post(
        "/api/meditations/sessions/",
        content=b'{"meditation_type": "mantra", "duration": 5}',
        headers=[("Content-Type", "application/json"), (header, "a"), (header.upper(), "b")],
    )
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [header]
    assert not peers["practice"].named("log_session")


def test_a_header_that_is_a_list_may_come_in_several_lines(client: httpx.Client) -> None:
    headers = [("Accept", "text/html"), ("Accept", "*/*"), ("Cache-Control", "no-cache")] * 2
    assert client.get("/api/meditations/stats/", headers=headers).status_code == 200


@pytest.mark.parametrize("asked", ["", ",", ", authorization ,", "Authorization,,content-type"])
def test_a_preflight_may_ask_for_no_header(asked: str, stranger: httpx.Client) -> None:
    answer = stranger.options(
        "/api/login/",
        headers={
            "Origin": "https://app.example.com",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": asked,
        },
    )
    assert answer.status_code == 200
