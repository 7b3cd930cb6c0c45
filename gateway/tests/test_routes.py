"""Each operation: which method it asks, with what, and what its answer becomes."""

from typing import Any

import httpx
import pytest
from peers import Peer

from contracts.refusals import Forbidden, NotFound, Unavailable

ACCOUNT = {
    "id": 7,
    "username": "layla",
    "fullname": "ليلى حسن",
    "email": "layla@example.com",
    "gender": None,
    "phone": None,
    "bio": "",
    "timezone": "UTC",
    "day_starts_at": 0,
    "date_joined": "2026-03-01T08:00:00Z",
}
TOKENS = {
    "access": "a",
    "refresh": "r",
    "user": {"id": 7, "username": "layla", "email": "layla@example.com"},
}
WHATEVER = {"whatever": ["the", "service", "says"]}
KHATMA = {"name": "R", "khatma_type": "group", "target_days": 30}

# method, path, body → service, RPC method, its body; status; the answer, None for the service's own
PASSED: list[tuple[str, str, Any, str, str, Any, int]] = [
    ("GET", "/api/meditations/sessions/3/", None, "practice", "get_session", {"id": 3}, 200),
    ("DELETE", "/api/meditations/sessions/3/", None, "practice", "delete_session", {"id": 3}, 204),
    ("DELETE", "/api/meditations/sessions/", None, "practice", "clear_sessions", {}, 204),
    (
        "PUT",
        "/api/meditations/sessions/3/",
        {"duration": 5},
        "practice",
        "change_session",
        {"id": 3, "change": {"duration": 5}},
        200,
    ),
    (
        "PATCH",
        "/api/meditations/sessions/3/",
        {},
        "practice",
        "change_session",
        {"id": 3, "change": {}},
        200,
    ),
    (
        "GET",
        "/api/meditations/leaderboard/?window=week&limit=3",
        None,
        "practice",
        "leaderboard",
        {"window": "week", "limit": 3},
        200,
    ),
    ("GET", "/api/meditations/stats/", None, "practice", "stats", {}, 200),
    (
        "GET",
        "/api/khatmas/?filter=public&after=9&is_public=true",
        None,
        "khatma",
        "list_khatmas",
        {"filter": "public", "after": 9, "is_public": True},
        200,
    ),
    ("POST", "/api/khatmas/", KHATMA, "khatma", "create_khatma", KHATMA, 201),
    ("GET", "/api/khatmas/3/", None, "khatma", "get_khatma", {"id": 3}, 200),
    ("GET", "/api/khatma/completed/", None, "khatma", "list_completed", {}, 200),
    ("GET", "/api/khatma/completed/?after=9", None, "khatma", "list_completed", {"after": 9}, 200),
    ("GET", "/api/stats/user/9/", None, "khatma", "stats_of", {"id": 9}, 200),
    ("GET", "/api/achievements/user/9/", None, "khatma", "achievements_of", {"id": 9}, 200),
    (
        "PUT",
        "/api/khatmas/3/",
        {"name": "Z", "khatma_type": "group", "status": "active", "can_join": False},
        "khatma",
        "change_khatma",
        {"id": 3, "change": {"name": "Z"}},
        200,
    ),
    (
        "PATCH",
        "/api/khatmas/3/",
        {"is_public": True},
        "khatma",
        "change_khatma",
        {"id": 3, "change": {"is_public": True}},
        200,
    ),
    ("DELETE", "/api/khatmas/3/", None, "khatma", "delete_khatma", {"id": 3}, 204),
    ("POST", "/api/khatmas/3/join/", None, "khatma", "join", {"id": 3}, 200),
    ("DELETE", "/api/khatmas/3/leave/", None, "khatma", "leave", {"id": 3}, 200),
    ("GET", "/api/khatmas/3/members/", None, "khatma", "members", {"id": 3}, 200),
    (
        "GET",
        "/api/search/khatmas/?q=%D8%AE%D8%AA%D9%85%D8%A9&type=",
        None,
        "khatma",
        "search",
        {"q": "ختمة", "type": ""},
        200,
    ),
    ("GET", "/api/khatmas/3/links/", None, "khatma", "list_links", {"id": 3}, 200),
    (
        "DELETE",
        "/api/khatmas/3/links/8/",
        None,
        "khatma",
        "revoke_link",
        {"id": 3, "link": 8},
        204,
    ),
    ("GET", "/api/khatmas/links/a-b_C/", None, "khatma", "show_by_link", {"code": "a-b_C"}, 200),
    ("POST", "/api/khatmas/links/a-b_C/", None, "khatma", "join_by_link", {"code": "a-b_C"}, 200),
    ("GET", "/api/khatmas/links/7/", None, "khatma", "show_by_link", {"code": "7"}, 200),
    ("GET", "/api/khatmas/3/intentions/", None, "khatma", "intentions", {"id": 3}, 200),
    (
        "POST",
        "/api/khatmas/3/intentions/",
        {"intention": ["شفاء"]},
        "khatma",
        "set_intentions",
        {"id": 3, "intention": ["شفاء"]},
        200,
    ),
    (
        "POST",
        "/api/khatmas/3/sessions/",
        {"chapter_assigned": 7, "is_completed": True},
        "khatma",
        "log_reading",
        {"id": 3, "report": {"chapter_assigned": 7, "is_completed": True}},
        201,
    ),
    ("GET", "/api/sessions/?user=me&khatma=3", None, "khatma", "list_readings", {"khatma": 3}, 200),
    ("GET", "/api/stats/user/", None, "khatma", "user_stats", {}, 200),
    ("GET", "/api/stats/khatma/3/", None, "khatma", "khatma_stats", {"id": 3}, 200),
    ("GET", "/api/achievements/", None, "khatma", "achievements", {}, 200),
    ("PATCH", "/api/notifications/3/read/", None, "notify", "mark_read", {"id": 3}, 200),
    ("PATCH", "/api/notifications/mark-all-read/", None, "notify", "mark_all_read", {}, 200),
    ("POST", "/api/notifications/mark-all-read/", None, "notify", "mark_all_read", {}, 200),
    ("POST", "/api/accounts/logout/", None, "auth", "log_out", {}, 200),
    ("POST", "/api/accounts/logout/", {}, "auth", "log_out", {}, 200),
    ("POST", "/api/accounts/logout/", {"refresh": "r"}, "auth", "log_out", {"refresh": "r"}, 200),
    (
        "POST",
        "/api/accounts/password/",
        {"old_password": "x", "new_password": "quiet-river-29"},
        "auth",
        "change_password",
        {"old_password": "x", "new_password": "quiet-river-29"},
        200,
    ),
    ("DELETE", "/api/user/me/", None, "auth", "delete_me", {}, 204),
    ("GET", "/.well-known/jwks.json", None, "auth", "signing_keys", {}, 200),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "service", "asked", "with_what", "status"),
    [pytest.param(*row, id=f"{row[0]} {row[1]} {row[2] or ''}") for row in PASSED],
)
def test_what_is_passed_on_and_back(
    method: str,
    path: str,
    body: Any,
    service: str,
    asked: str,
    with_what: Any,
    status: int,
    client: httpx.Client,
    peers: dict[str, Peer],
) -> None:
    # A changed khatma is looked at once more, as everybody sees it.
    looks_again = ["get_khatma"] if asked == "change_khatma" else []
    peers[service].answers |= dict.fromkeys([asked, *looks_again], WHATEVER)
    answer = client.request(method, path, json=body)
    assert answer.status_code == status
    (name, request, _), *after = peers[service].calls
    assert [each[0] for each in after] == looks_again
    assert (name, request["body"]) == (asked, with_what)
    assert request["actor"] is None or request["actor"]["id"] == 7
    if status == 204:
        assert answer.content == b""
    else:
        assert answer.json() == WHATEVER


@pytest.mark.parametrize(
    ("body", "days", "uses"),
    [(None, 7, 30), ({}, 7, 30), ({"expires_in_days": 1, "max_uses": 100}, 1, 100)],
)
def test_a_link_is_told_with_its_address(
    body: Any, days: int, uses: int, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    until = "2026-03-09T12:00:00Z"
    made = {"id": 8, "code": "a-b_C", "expires_at": until, "uses_left": uses}
    peers["khatma"].answers["make_link"] = made
    answer = client.post("/api/khatmas/3/links/", json=body)
    assert answer.status_code == 201
    address = answer.json()["address"]
    assert answer.json() == made | {"address": address}
    assert address.endswith(answer.headers["Location"])
    assert address.startswith("http")
    assert address.endswith("/api/khatmas/links/a-b_C/")
    (asked,) = peers["khatma"].named("make_link")
    assert asked["body"] == {"id": 3, "expires_in_days": days, "max_uses": uses}


def test_registering(stranger: httpx.Client, peers: dict[str, Peer]) -> None:
    peers["auth"].answers["register"] = ACCOUNT
    form = {"username": "layla", "email": "layla@example.com", "password": "quiet-river-29"}
    answer = stranger.post("/api/accounts/register/", json=form)
    assert answer.status_code == 201
    assert answer.json() == {
        "message": "Registration was successful.",
        "user": {"id": 7, "username": "layla", "email": "layla@example.com"},
    }
    (asked,) = peers["auth"].named("register")
    assert (asked["body"], asked["actor"]) == (form | {"address": "127.0.0.1"}, None)


def test_signing_up(stranger: httpx.Client, peers: dict[str, Peer]) -> None:
    peers["auth"].answers["register"] = ACCOUNT | {"gender": "male", "phone": "01012345678"}
    form = {"fullname": "علي", "email": "ali@example.com", "password": "quiet-river-29"}
    answer = stranger.post("/api/signup/", json=form)
    assert answer.status_code == 201
    assert list(answer.json()) == ["id", "fullname", "email", "gender", "phone"]
    assert peers["auth"].named("register")[0]["body"] == form | {"address": "127.0.0.1"}


@pytest.mark.parametrize("name", ["email", "username"])
def test_logging_in(name: str, stranger: httpx.Client, peers: dict[str, Peer]) -> None:
    peers["auth"].answers["log_in"] = TOKENS
    form = {name: "layla@example.com", "password": "quiet-river-29"}
    told = {"access": "a", "refresh": "r", "message": "Login was successful."}
    assert stranger.post("/api/login/", json=form).json() == told
    long = stranger.post("/api/accounts/login/", json=form).json()
    assert long == {"message": "Login was successful.", **TOKENS}
    for asked in peers["auth"].named("log_in"):
        assert asked["body"]["email"] == "layla@example.com"
        assert asked["body"]["address"] == "127.0.0.1"


def test_refreshing(stranger: httpx.Client, peers: dict[str, Peer]) -> None:
    peers["auth"].answers["refresh"] = {"access": "a", "refresh": None}
    assert stranger.post("/api/refresh/", json={"refresh": "r"}).json() == {"access": "a"}
    peers["auth"].answers["refresh"] = {"access": "a", "refresh": "new"}
    rotated = stranger.post("/api/refresh/", json={"refresh": "r", "rotate": True}).json()
    assert rotated == {"access": "a", "refresh": "new"}


@pytest.mark.parametrize("member", [None, 9])
def test_inviting_tells_nothing_of_who_has_an_account(
    member: int | None, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["auth"].answers["find_by_email"] = {"id": member}
    peers["khatma"].answers["invite"] = {"message": "Invited."}
    answer = client.post("/api/khatmas/3/invite/", json={"email": "ali@example.com"})
    assert (answer.status_code, answer.json()) == (202, {"message": "Invited."})
    assert peers["auth"].named("find_by_email")[0]["body"] == {"email": "ali@example.com"}
    assert peers["khatma"].named("invite")[0]["body"] == {"id": 3, "member": member}


@pytest.mark.parametrize("refusal", [NotFound, Forbidden])
def test_inviting_where_one_may_not_is_refused(
    refusal: Any, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    def refuse(_: Any) -> None:
        raise refusal("No.")

    peers["auth"].answers["find_by_email"] = {"id": 9}
    peers["khatma"].answers["invite"] = refuse
    answer = client.post("/api/khatmas/3/invite/", json={"email": "ali@example.com"})
    assert answer.status_code == refusal.status


def test_logging_out_with_null_for_a_body(client: httpx.Client, peers: dict[str, Peer]) -> None:
    peers["auth"].answers["log_out"] = {"message": "Bye."}
    headers = {"Content-Type": "application/json"}
    assert client.post("/api/accounts/logout/", content=b"[]", headers=headers).status_code == 400
    assert client.post("/api/accounts/logout/", content=b"null", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [("POST", "/api/accounts/logout/", "log_out"), ("DELETE", "/api/user/me/", "delete_me")],
)
def test_whoever_leaves_here_is_out_at_once(
    method: str, path: str, asked: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["auth"].answers[asked] = {"message": "Bye."}
    peers["practice"].answers["stats"] = WHATEVER
    assert client.get("/api/meditations/stats/").status_code == 200
    assert client.request(method, path).is_success
    assert client.get("/api/meditations/stats/").status_code == 401


STATS = {"completed_khatmas": 2, "current_streak": 5, "total_khatmas": 3}


@pytest.mark.parametrize(("method", "asked"), [("GET", "me"), ("PATCH", "update_me")])
def test_the_profile(method: str, asked: str, client: httpx.Client, peers: dict[str, Peer]) -> None:
    peers["auth"].answers[asked] = ACCOUNT
    peers["khatma"].answers["user_stats"] = STATS
    body = {"bio": "x"} if method == "PATCH" else None
    answer = client.request(method, "/api/user/me/", json=body)
    assert answer.status_code == 200
    figures = {"total_khatmas_completed": 2, "current_streak": 5, "degraded": []}
    assert answer.json() == ACCOUNT | {"profile_picture": None} | figures


def test_the_profile_without_khatma(client: httpx.Client, peers: dict[str, Peer]) -> None:
    def down(_: Any) -> None:
        raise Unavailable("Down.")

    peers["auth"].answers["me"] = ACCOUNT
    peers["khatma"].answers["user_stats"] = down
    answer = client.get("/api/user/me/")
    assert answer.status_code == 200
    nothing = {"total_khatmas_completed": None, "current_streak": None, "degraded": ["khatma"]}
    assert answer.json() == ACCOUNT | {"profile_picture": None} | nothing


def test_the_profile_without_an_account(client: httpx.Client, peers: dict[str, Peer]) -> None:
    def gone(_: Any) -> None:
        raise NotFound("Gone.")

    peers["auth"].answers["me"] = gone
    peers["khatma"].answers["user_stats"] = STATS
    assert client.get("/api/user/me/").status_code == 404
