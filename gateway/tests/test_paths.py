"""Every way to write an address means the same, with no redirect."""

import json

import httpx
import pytest
from conftest import Gateway
from hypothesis import given
from hypothesis import strategies as st
from peers import Peer
from raw import Line, head

from gateway.middleware.paths import canonical

KHATMA = ["signup", "login", "refresh", "khatmas", "sessions", "stats/user", "achievements"]
segments = st.lists(st.text("abz019-_.", max_size=6), max_size=4)
paths = st.builds(
    lambda parts, slash: "/" + "/".join(parts) + slash, segments, st.sampled_from(["", "/"])
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/api/khatmas", "/api/khatmas/"),
        ("/api/khatmas/", "/api/khatmas/"),
        ("/api/khatmas//", "/api/khatmas/"),
        ("/api/api/khatmas/3/join", "/api/khatmas/3/join/"),
        ("/khatmas/3/sessions/", "/api/khatmas/3/sessions/"),
        ("//api/khatmas/", "/api/khatmas/"),
        ("///api//khatmas///3//", "/api/khatmas/3/"),
        ("//khatmas//3", "/api/khatmas/3/"),
        ("/api//api/khatmas/", "/api/khatmas/"),
        ("//healthz", "/healthz"),
        ("//", "/"),
        ("/api/./khatmas/.", "/api/khatmas/"),
        ("/docs/../api/khatmas/", "/api/khatmas/"),
        ("/../../api/khatmas/", "/api/khatmas/"),
        ("/api/khatmas/...", "/api/khatmas/.../"),
        ("/.well-known/jwks.json", "/.well-known/jwks.json"),
        ("/refresh/", "/api/refresh/"),
        ("/stats/user/", "/api/stats/user/"),
        ("/achievements/", "/api/achievements/"),
        ("/notifications/mark-all-read/", "/api/notifications/mark-all-read/"),
        ("/dashboard", "/api/dashboard/"),
        ("/user/me", "/api/user/me/"),
        ("/healthz/", "/healthz"),
        ("/docs/", "/docs"),
        ("/", "/"),
        ("/api", "/api"),
        ("/api/api/meditations/sessions/", "/api/api/meditations/sessions/"),
        ("/meditations/sessions/", "/meditations/sessions"),
        ("/accounts/login/", "/accounts/login"),
        ("/users", "/users"),
    ],
)
def test_what_is_meant(written: str, meant: str) -> None:
    assert canonical(written) == meant


@given(paths)
def test_what_is_canonical_stays(path: str) -> None:
    assert canonical(canonical(path)) == canonical(path)


@given(paths)
def test_the_slash_at_the_end_makes_no_difference(path: str) -> None:
    assert canonical(path) == canonical(path.rstrip("/") + "/")


@given(paths, st.lists(st.integers(1, 4), min_size=10, max_size=10))
def test_slashes_in_a_row_count_as_one(path: str, times: list[int]) -> None:
    pieces = path.split("/")
    joined = "".join("/" * times[place % 10] + piece for place, piece in enumerate(pieces[1:]))
    assert canonical(joined) == canonical(path)


@pytest.mark.parametrize("prefix", ["/api", "/api/api", ""])
@pytest.mark.parametrize("slash", ["", "/"])
def test_an_alias_is_answered_without_a_redirect(
    prefix: str, slash: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["khatma"].answers["list_khatmas"] = []
    answer = client.get(f"{prefix}/khatmas{slash}?filter=public", follow_redirects=False)
    assert (answer.status_code, answer.json()) == (200, [])
    assert peers["khatma"].named("list_khatmas")[0]["body"] == {"filter": "public"}


@pytest.mark.parametrize(
    "path",
    ["/api/meditations/sessions", "/api/notifications", "/healthz", "/openapi.json"],
)
@pytest.mark.parametrize("slash", ["", "/"])
def test_with_and_without_the_slash(
    path: str, slash: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["notify"].answers["list"] = {"count": 0, "results": []}
    assert client.get(path + slash, follow_redirects=False).status_code == 200


def test_only_the_khatma_documents_paths_have_aliases(client: httpx.Client) -> None:
    assert client.get("/meditations/sessions/").status_code == 404
    assert client.get("/api/api/meditations/sessions/").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "//api/khatmas/",
        "/api//khatmas/",
        "//api/khatmas",
        "/khatmas",
        "/api/api/khatmas/",
        "/docs/../api/khatmas/",
    ],
)
def test_a_problem_names_the_path_as_it_was_asked_for(path: str, gateway: Gateway) -> None:
    with Line(gateway) as line:
        line.send(head(f"GET {path}?filter=public"))
        said = line.hear()
    assert said.status == 401, "it leads to the khatmas, whose door is closed"
    assert json.loads(said.body)["instance"] == path


@pytest.mark.parametrize("path", ["//nowhere//", "/nowhere/", "/api/nowhere", "/login/x"])
def test_an_address_of_nothing_is_named_whole_too(path: str, gateway: Gateway) -> None:
    with Line(gateway) as line:
        line.send(head(f"GET {path}"))
        said = line.hear()
    assert (said.status, json.loads(said.body)["instance"]) == (404, path)


def test_a_body_that_is_refused_names_it_as_well(gateway: Gateway) -> None:
    with Line(gateway) as line:
        line.send(head("POST //login", "Content-Length: 999999"))
        said = line.hear()
    assert (said.status, json.loads(said.body)["instance"]) == (413, "//login")


@pytest.mark.parametrize(
    "path",
    ["/%2Fapi/khatmas/", "/api/khatmas/1%2F/", "/api/%e2%98%95", "/api/%41//x", "/api/a%3Fb/"],
)
def test_a_refusal_names_the_path_as_it_was_sent(path: str, gateway: Gateway) -> None:
    with Line(gateway) as line:
        line.send(head(f"GET {path}?page=1"))
        said = line.hear()
    assert (said.status, json.loads(said.body)["instance"]) == (404, path)
