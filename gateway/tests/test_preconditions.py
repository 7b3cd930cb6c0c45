"""Entity tags and preconditions (RFC 9110, section 13): what the gateway does of them itself.

What a change does with them is its service's business, and stands in the services' tests.
"""

from typing import Any

import httpx
import pytest
from conftest import SESSION, Gateway
from peers import Mint, Peer
from test_bad_input import refused
from test_routes import ACCOUNT, STATS

from contracts.preconditions import entity_tag

ONE = "/api/meditations/sessions/41/"
LAST_MODIFIED = "Sun, 01 Mar 2026 08:00:00 GMT"
KHATMA = {"id": 3, "name": "R", "participants_count": 1}
READ = {"/api/khatmas/3/": "khatma", ONE: "session", "/api/user/me/": "profile"}
OTHER = '"other"'


@pytest.fixture(autouse=True)
def answers(peers: dict[str, Peer]) -> None:
    peers["khatma"].answers |= {"get_khatma": KHATMA, "user_stats": STATS}
    peers["khatma"].answers |= {"change_khatma": KHATMA, "create_khatma": KHATMA}
    peers["auth"].answers |= {"me": ACCOUNT, "update_me": ACCOUNT, "delete_me": {"message": "Bye."}}
    peers["practice"].answers["delete_session"] = {"deleted": 1}


def tag_of(client: httpx.Client, path: str) -> str:
    return client.get(path).headers["ETag"]


@pytest.mark.parametrize("path", READ)
def test_what_is_had_already_is_not_sent_again(path: str, client: httpx.Client) -> None:
    first = client.get(path)
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    for known in (tag, f"W/{tag}", "*", f'"a,b", {tag}', f", {OTHER} ,W/{tag},"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b""), known
        assert again.headers["ETag"] == tag
        assert "content-type" not in again.headers
    for unknown in (OTHER, f'W/{OTHER}, ""', f'"{tag[1:-1]}x"'):
        again = client.get(path, headers={"If-None-Match": unknown})
        assert (again.status_code, again.content) == (200, first.content)


def test_a_list_in_several_lines_is_one(client: httpx.Client) -> None:
    headers = [("If-None-Match", OTHER), ("If-None-Match", tag_of(client, ONE))]
    assert client.get(ONE, headers=headers).status_code == 304


@pytest.mark.parametrize("path", READ)
def test_reading_on_condition(path: str, client: httpx.Client) -> None:
    tag = tag_of(client, path)
    assert client.get(path, headers={"If-Match": tag}).status_code == 200
    assert client.get(path, headers={"If-Match": "*"}).status_code == 200
    refused(client.get(path, headers={"If-Match": OTHER}), 412)
    # Strong comparison: a weak tag is equal to none.
    refused(client.get(path, headers={"If-Match": f"W/{tag}"}), 412)
    both = {"If-Match": OTHER, "If-None-Match": tag}
    refused(client.get(path, headers=both), 412)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Modified-Since": LAST_MODIFIED}, 304),
        ({"If-Modified-Since": "Sunday, 01-Mar-26 08:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Sun Mar  1 08:00:00 2026"}, 304),
        ({"If-Modified-Since": "Sun, 01 Mar 2026 07:59:59 GMT"}, 200),
        ({"If-Modified-Since": "2026-03-01"}, 200),
        ({"If-Modified-Since": "Fri, 01 Jan 0001 00:00:00 +0300"}, 200),
        ({"If-Modified-Since": LAST_MODIFIED, "If-None-Match": OTHER}, 200),
        ({"If-Unmodified-Since": LAST_MODIFIED}, 200),
        ({"If-Unmodified-Since": "Sun, 01 Mar 2026 07:59:59 GMT"}, 412),
        ({"If-Unmodified-Since": "nonsense"}, 200),
        ({"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT", "If-Match": "*"}, 200),
    ],
    ids=str,
)
def test_dates(headers: dict[str, str], status: int, client: httpx.Client) -> None:
    answer = client.get(ONE, headers=headers)
    assert answer.status_code == status, answer.text
    if status != 412:
        assert answer.headers["Last-Modified"] == LAST_MODIFIED


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "value",
    ["", "abc", '"a', 'a"', '"a" "b"', "*, *", '*, "a"', 'w/"a"', '"a b"', ",", '"a",' * 101],
)
def test_a_list_of_tags_that_is_none_is_named(
    value: str, method: str, header: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    body = {"duration": 5} if method == "PATCH" else None
    answer = client.request(method, ONE, json=body, headers={header: value})
    assert list(refused(answer)["errors"]) == [header]
    assert not peers["practice"].named("change_session") + peers["practice"].named("delete_session")


CHANGES: list[tuple[str, str, Any, str, str]] = [
    ("PUT", ONE, {"duration": 5}, "practice", "change_session"),
    ("PATCH", ONE, {"duration": 5}, "practice", "change_session"),
    ("DELETE", ONE, None, "practice", "delete_session"),
    ("PUT", "/api/khatmas/3/", {"name": "Z"}, "khatma", "change_khatma"),
    ("PATCH", "/api/khatmas/3/", {"name": "Z"}, "khatma", "change_khatma"),
    ("DELETE", "/api/khatmas/3/", None, "khatma", "delete_khatma"),
    ("PATCH", "/api/user/me/", {"bio": "x"}, "auth", "update_me"),
    ("DELETE", "/api/user/me/", None, "auth", "delete_me"),
]


@pytest.mark.parametrize(("method", "path", "body", "service", "asked"), CHANGES)
def test_a_precondition_travels_to_who_changes(
    method: str,
    path: str,
    body: Any,
    service: str,
    asked: str,
    client: httpx.Client,
    peers: dict[str, Peer],
) -> None:
    headers = {
        "If-Match": f'"a,b" , W/"c",{OTHER}',
        "If-None-Match": "*",
        "If-Unmodified-Since": LAST_MODIFIED,
    }
    client.request(method, path, json=body, headers=headers)
    (said,) = peers[service].named(asked)
    assert said["body"]["precondition"] == {
        "if_match": ['"a,b"', 'W/"c"', OTHER],
        "if_none_match": ["*"],
        "unmodified_since": "2026-03-01T08:00:00Z",
    }


@pytest.mark.parametrize(("method", "path", "body", "service", "asked"), CHANGES)
def test_without_a_precondition_nothing_travels(
    method: str,
    path: str,
    body: Any,
    service: str,
    asked: str,
    client: httpx.Client,
    peers: dict[str, Peer],
) -> None:
    """An older release of a service would refuse the field."""
    client.request(method, path, json=body, headers={"If-Unmodified-Since": "nonsense"})
    (said,) = peers[service].named(asked)
    assert "precondition" not in said["body"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/api/meditations/sessions/", None),
        ("POST", "/api/meditations/sessions/", {"meditation_type": "mantra", "duration": 5}),
        ("POST", "/api/khatmas/3/join/", None),
        ("DELETE", "/api/khatmas/3/leave/", None),
        ("PATCH", "/api/notifications/3/read/", None),
        ("PATCH", "/api/notifications/mark-all-read/", None),
        ("POST", "/api/login/", {"email": "a@b.co", "password": "x"}),
    ],
)
def test_where_nothing_has_a_tag_none_can_match(
    method: str, path: str, body: Any, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    for unfulfilled in (
        {"If-Match": OTHER},
        {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If-Unmodified-Since": LAST_MODIFIED},
        {"If-None-Match": "*"},
    ):
        refused(client.request(method, path, json=body, headers=unfulfilled), 412)
    asked = [name for peer in peers.values() for name, *_ in peer.calls]
    assert set(asked) <= {"health"}
    for fulfilled in (
        {"If-Match": "*"},
        {"If-Match": "*", "If-Unmodified-Since": LAST_MODIFIED},
        {"If-None-Match": OTHER},
        {"If-Unmodified-Since": "nonsense"},
        {"If-Modified-Since": LAST_MODIFIED},
    ):
        assert client.request(method, path, json=body, headers=fulfilled).status_code != 412


def test_what_is_wrong_with_a_request_comes_before_its_precondition(client: httpx.Client) -> None:
    """RFC 9110, 13.2.1."""
    answer = client.post("/api/meditations/sessions/", json={}, headers={"If-Match": OTHER})
    refused(answer, 400)


UNTAGGED = ["/api/khatmas/", "/api/meditations/sessions/", "/api/stats/user/"]


@pytest.mark.parametrize("path", UNTAGGED)
def test_reading_what_has_no_tag_follows_the_rule_of_changing_it(
    path: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["khatma"].answers["list_khatmas"] = {"count": 0, "results": []}
    unfulfilled = ({"If-Match": OTHER}, {"If-Unmodified-Since": LAST_MODIFIED})
    for headers in unfulfilled:
        refused(client.get(path, headers=headers), 412)
    had = client.get(path, headers={"If-None-Match": "*"})
    assert (had.status_code, had.content) == (304, b"")
    for headers in (
        {"If-Match": "*"},
        {"If-None-Match": OTHER},
        {"If-Modified-Since": LAST_MODIFIED},
        {"If-Unmodified-Since": "nonsense"},
    ):
        assert client.get(path, headers=headers).status_code == 200
    assert list(refused(client.get(path, headers={"If-Match": "abc"}))["errors"]) == ["If-Match"]


@pytest.mark.parametrize("path", ["/api/khatmas/3/", "/api/user/me/"])
@pytest.mark.parametrize("date", ["Thu, 01 Jan 1970 00:00:00 GMT", LAST_MODIFIED])
def test_of_what_nobody_dates_nobody_says_that_it_has_not_changed(
    path: str, date: str, client: httpx.Client
) -> None:
    refused(client.get(path, headers={"If-Unmodified-Since": date}), 412)
    answer = client.get(path)
    assert answer.status_code == 200
    assert "Last-Modified" not in answer.headers


def test_the_answer_of_a_change_has_the_tag_of_what_it_shows(client: httpx.Client) -> None:
    tag = tag_of(client, ONE)
    for method in ("PUT", "PATCH"):
        changed = client.request(method, ONE, json={"duration": 5})
        assert (changed.headers["ETag"], changed.headers["Last-Modified"]) == (tag, LAST_MODIFIED)
        assert changed.headers["Content-Location"] == ONE
    profile = client.patch("/api/user/me/", json={"bio": "x"})
    assert profile.headers["ETag"] == tag_of(client, "/api/user/me/")


def test_the_tag_of_a_profile_is_of_account_and_figures(
    client: httpx.Client, peers: dict[str, Peer]
) -> None:
    tag = tag_of(client, "/api/user/me/")
    peers["khatma"].answers["user_stats"] = STATS | {"current_streak": 6}
    longer = tag_of(client, "/api/user/me/")
    peers["auth"].answers["me"] = ACCOUNT | {"bio": "x"}
    assert len({tag, longer, tag_of(client, "/api/user/me/")}) == 3


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
def test_auth_is_asked_of_the_account_alone(
    header: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    account = entity_tag(
        b'{"id":7,"username":"layla"}',
    )
    peers["auth"].answers["me"] = lambda _: b'{"error":null,"result":{"id":7,"username":"layla"}}'
    tag = tag_of(client, "/api/user/me/")
    client.patch("/api/user/me/", json={"bio": "x"}, headers={header: f"{OTHER}, {tag}"})
    # What he has finished meanwhile is not what he saw either.
    peers["khatma"].answers["user_stats"] = STATS | {"current_streak": 6}
    client.patch("/api/user/me/", json={"bio": "x"}, headers={header: tag})
    name = header.lower().replace("-", "_")
    now, later = (each["body"]["precondition"][name] for each in peers["auth"].named("update_me"))
    assert now == [OTHER, account]
    assert later == [tag]


@pytest.mark.parametrize(
    ("path", "body", "answer", "location"),
    [
        ("/api/meditations/sessions/", {"meditation_type": "mantra", "duration": 5}, SESSION, ONE),
        (
            "/api/khatmas/",
            {"name": "R", "khatma_type": "group", "target_days": 30},
            KHATMA,
            "/api/khatmas/3/",
        ),
        (
            "/api/khatmas/3/sessions/",
            {"chapter_assigned": 7, "is_completed": True},
            {"id": 9, "khatma": 3},
            "/api/sessions/9/",
        ),
        (
            "/api/signup/",
            {"fullname": "Ali", "email": "ali@example.com", "password": "quiet-river-29"},
            ACCOUNT,
            "/api/user/me/",
        ),
        (
            "/api/accounts/register/",
            {"username": "ali", "email": "ali@example.com", "password": "quiet-river-29"},
            ACCOUNT,
            "/api/user/me/",
        ),
    ],
)
def test_what_was_made_is_named(
    path: str,
    body: Any,
    answer: Any,
    location: str,
    client: httpx.Client,
    peers: dict[str, Peer],
) -> None:
    for peer in peers.values():
        peer.answers |= dict.fromkeys(("log_session", "create_khatma", "log_reading"), answer)
        peer.answers["register"] = answer
    for way in (path, path.rstrip("/")):
        made = client.post(way, json=body)
        assert (made.status_code, made.headers["Location"]) == (201, location)


def test_behind_a_prefix_what_was_made_is_named_by_it(new_gateway: Any, mint: Mint) -> None:
    gateway: Gateway = new_gateway(public_url="https://example.com/sakina/")
    made = gateway.client.post(
        "/api/meditations/sessions/",
        json={"meditation_type": "mantra", "duration": 5},
        headers={"Authorization": f"Bearer {mint.token()}"},
    )
    assert made.headers["Location"] == f"/sakina{ONE}"
