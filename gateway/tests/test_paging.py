"""The addresses of neighbouring pages: right, whole, and never the caller's idea of who we are."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from peers import Peer

LIST = "/api/meditations/sessions/"


def count(peers: dict[str, Peer], number: int) -> None:
    peers["practice"].answers["list_sessions"] = {"count": number, "results": [{"id": 1}]}


@pytest.mark.parametrize(
    ("rows", "page", "size", "previous", "following"),
    [
        (0, 1, 10, None, None),
        (10, 1, 10, None, None),
        (11, 1, 10, None, 2),
        (25, 2, 10, 1, 3),
        (25, 3, 10, 2, None),
        (3, 3, 1, 2, None),
    ],
)
def test_the_neighbours(
    rows: int,
    page: int,
    size: int,
    previous: int | None,
    following: int | None,
    client: httpx.Client,
    peers: dict[str, Peer],
) -> None:
    count(peers, rows)
    answer = client.get(LIST, params={"page": page, "page_size": size}).json()
    assert list(answer) == ["count", "next", "previous", "results"]
    assert (answer["count"], answer["results"]) == (rows, [{"id": 1}])
    for name, number in (("previous", previous), ("next", following)):
        if number is None:
            assert answer[name] is None
        else:
            url = urlsplit(answer[name])
            assert (url.scheme, url.netloc, url.path) == ("https", "api.example.com", LIST)
            assert parse_qs(url.query) == {"page": [str(number)], "page_size": [str(size)]}


def test_the_rest_of_the_query_is_kept(client: httpx.Client, peers: dict[str, Peer]) -> None:
    count(peers, 100)
    query = {"meditation_type": "mantra", "from": "2026-01-01", "ordering": "-date"}
    url = urlsplit(client.get(LIST, params=query).json()["next"])
    assert parse_qs(url.query, keep_blank_values=True) == {
        name: [value] for name, value in (query | {"page": "2"}).items()
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example;proto=http"},
        {"X-Forwarded-Proto": "evil"},
        {"X-Forwarded-Prefix": "/evil"},
    ],
)
def test_no_header_says_where_the_pages_are(
    headers: dict[str, str], client: httpx.Client, peers: dict[str, Peer]
) -> None:
    count(peers, 100)
    answer = client.get(LIST, headers=headers)
    assert answer.json()["next"] == f"https://api.example.com{LIST}?page=2"
    assert "evil" not in answer.text


@pytest.mark.parametrize("host", ["[evil", "evil/x", "evil:no", "", "a b", "evil?x=", "é"])
@pytest.mark.parametrize("path", ["/nowhere", "/api/meditations/sessions/?page=0"])
def test_a_host_that_is_none_is_refused(host: str, path: str, client: httpx.Client) -> None:
    answer = client.get(path, headers={b"Host": host.encode("latin-1")})
    assert answer.status_code == 400
    assert "Host" in answer.json()["detail"]
    assert answer.json()["instance"] == path.partition("?")[0]


def test_an_alias_leads_on_to_the_documented_address(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["notify"].answers["list"] = {"count": 30, "results": []}
    answer = client.get("/notifications?unread=true").json()
    assert answer["next"] == "https://api.example.com/api/notifications/?unread=true&page=2"


def test_an_answer_in_another_order_is_paged_too(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["practice"].answers["list_sessions"] = lambda _: (
        b'{"result": {"results": [{"id": 1}], "count": 11}, "error": null}'
    )
    answer = client.get(LIST).json()
    assert (answer["count"], answer["results"]) == (11, [{"id": 1}])
    assert answer["next"].endswith("page=2")


KHATMAS = "/api/khatmas/"


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("filter=joinable", {"filter": "joinable"}),
        ("page=2", {"page": 2}),
        ("page_size=3&filter=public", {"filter": "public", "page_size": 3}),
    ],
)
def test_khatmas_are_pages_where_pages_are_asked_for(
    query: str, asked: dict[str, object], client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["khatma"].answers["page_khatmas"] = {"count": 60, "results": [{"id": 1}]}
    answer = client.get(f"{KHATMAS}?{query}").json()
    assert (answer["count"], answer["results"]) == (60, [{"id": 1}])
    assert answer["next"].startswith(f"https://api.example.com{KHATMAS}?")
    (call,) = peers["khatma"].named("page_khatmas")
    assert call["body"] == asked


@pytest.mark.parametrize("query", ["", "filter=my_khatmas", "filter=public&status=active"])
def test_khatmas_are_arrays_else(query: str, client: httpx.Client, peers: dict[str, Peer]) -> None:
    peers["khatma"].answers["list_khatmas"] = [{"id": 1}]
    assert client.get(f"{KHATMAS}?{query}").json() == [{"id": 1}]


@pytest.mark.parametrize("in_order", [True, False])
def test_what_else_a_page_says_stays(
    in_order: bool, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    page = {"count": 1, "results": [{"chapter_assigned": 1}], "khatma_creator_name": "ليلى"}
    said = page if in_order else dict(reversed(page.items()))
    peers["khatma"].answers["page_parts"] = said
    answer = client.get("/api/khatmas/3/sessions/?user=me").json()
    assert answer == {**page, "next": None, "previous": None}
    (call,) = peers["khatma"].named("page_parts")
    assert call["body"] == {"id": 3, "user": "me"}
