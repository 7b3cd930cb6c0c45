"""Bad input is a 400 or a 404 that says what to do, and never reaches a service."""

import json
from itertools import chain
from typing import Any

import httpx
import pytest
from conftest import Gateway
from peers import Mint, Peer
from raw import Line, head

from contracts.catalogue import SERVICES
from contracts.khatma.lists import LONGEST_QUERY
from contracts.refusals import Unauthenticated

SESSION = {"meditation_type": "gratitude", "duration": 25}
KHATMA = {"name": "R", "khatma_type": "group", "target_days": 30}
SESSIONS = "/api/meditations/sessions/"
REGISTER = {"username": "layla", "email": "layla@example.com", "password": "quiet-river-29"}
SIGNUP = {"fullname": "Ali", "email": "ali@example.com", "password": "quiet-river-29"}
READING = {"chapter_assigned": 7, "is_completed": True}

NUMBERS: list[Any] = [
    *("25.0", " 25", "-0", "+5", "1e1", "٢٥", "", "9" * 19, "9" * 400),
    *(25.5, None, True, [], {}, -1, -0.5, 0, 0.0, 2**63, 10**400, 1e300),
]
TEXTS: list[Any] = [1, None, True, [], {}, "\x00", "a\x1bb", "\ud800"]
UNSEEN = ["\u200b", "\u3164\u2800", "\u0301", "\ue000", "\U000e0041"]
TURNING = ["Ali\u202e", "\u2067Ali\u2069"]
NO_EMAILS = ["\u200ba@b.co", "a\ufe0f@b.co", ".a@b.co", "a..b@c.de", "a@-b.co", "a@b.co\n"]
DAYS: list[Any] = [1, None, "", "2026-02-30", "1999-12-31", "01-03-2026", "2026-03-01T00:00:00", {}]
CHOICES: list[Any] = [1, None, "", "Gratitude", "nothing", [], {}, "\ud800"]

BODIES: list[tuple[str, str, dict[str, Any], dict[str, list[Any]]]] = [
    (
        "POST",
        "/api/meditations/sessions/",
        SESSION,
        {
            "meditation_type": CHOICES,
            "duration": [*NUMBERS, 1441],
            "notes": [*TEXTS, "x" * 2001],
            "date": DAYS,
        },
    ),
    (
        "PATCH",
        "/api/meditations/sessions/3/",
        {},
        {"meditation_type": CHOICES, "duration": NUMBERS, "notes": TEXTS, "date": DAYS},
    ),
    ("PUT", "/api/meditations/sessions/3/", {}, {"duration": NUMBERS, "date": DAYS}),
    (
        "POST",
        "/api/khatmas/",
        KHATMA,
        {
            "name": [*TEXTS, "", "   ", "x" * 201, *UNSEEN, *TURNING],
            "khatma_type": CHOICES,
            "target_days": [*NUMBERS, 3651],
            "description": TEXTS,
            "is_public": ["true", 1, None, "", []],
        },
    ),
    (
        "PATCH",
        "/api/khatmas/3/",
        {},
        {"name": ["", *TEXTS, *UNSEEN, *TURNING], "target_days": NUMBERS},
    ),
    (
        "POST",
        "/api/khatmas/3/sessions/",
        READING,
        {
            "chapter_assigned": [*NUMBERS, 31],
            "is_completed": ["yes", 1, None],
            "reading_date": DAYS,
            "notes": TEXTS,
        },
    ),
    (
        "POST",
        "/api/khatmas/3/intentions/",
        {"intention": ["شفاء"]},
        {"intention": ["no list", 1, None, {}, ["x"] * 21]},
    ),
    (
        "POST",
        "/api/khatmas/3/links/",
        {},
        {"expires_in_days": [*NUMBERS, 31], "max_uses": [*NUMBERS, 101]},
    ),
    (
        "POST",
        "/api/webhooks/",
        {"url": "https://example.com/"},
        {
            "url": [*TEXTS, "", "x" * 2001],
            "types": ["khatma.#", 1, None, {}, ["x"] * 51],
            "description": [*TEXTS, "x" * 201],
        },
    ),
    (
        "PATCH",
        "/api/webhooks/3/",
        {},
        {"url": [*TEXTS, ""], "types": [None], "enabled": [None, 1, "true", "yes"]},
    ),
    ("POST", "/api/webhooks/3/rotate/", {}, {"overlap_hours": [-1, 169, 1.5, "x", None, True]}),
    (
        "POST",
        "/api/webhooks/3/redeliver/",
        {"since": "2026-03-01T08:00:00.000000Z"},
        {
            "since": [
                *("2026-03-01", "2026-03-01T08:00:00", "2026-13-01T08:00:00Z", "now", ""),
                *("2026-03-01 08:00:00Z", "9999-12-31T23:59:59-01:00"),
                *(1, 1.5, True, None, {}, []),
            ],
        },
    ),
    (
        "POST",
        "/api/khatmas/3/invite/",
        {"email": "a@b.co"},
        {"email": [*TEXTS, "", "x", "a@b", *NO_EMAILS]},
    ),
    (
        "POST",
        "/api/accounts/register/",
        REGISTER,
        {
            "username": [*TEXTS, "", "ab", "x" * 31, "a b", "ليلى"],
            "email": [*TEXTS, "", "nobody", "a@b", "a b@c.de", "x" * 250 + "@e.co", *NO_EMAILS],
            "password": [*TEXTS, "", "short", "x" * 129, " " * 8, "\u3164" * 8],
        },
    ),
    (
        "POST",
        "/api/signup/",
        SIGNUP,
        {
            "fullname": [*TEXTS, "", " ", "x" * 101, *UNSEEN, *TURNING],
            "gender": CHOICES,
            "phone": [*TEXTS, "0" * 21, "abc", "()-+ ", "\u200e"],
        },
    ),
    ("POST", "/api/login/", {"email": "a@b.co", "password": "x"}, {"email": [1, None, ""]}),
    ("POST", "/api/refresh/", {"refresh": "x"}, {"refresh": [1, None, ""], "rotate": ["true", 1]}),
    (
        "POST",
        "/api/accounts/password/",
        {"old_password": "x", "new_password": "quiet-river-29"},
        {"new_password": [1, None, "", "short"], "old_password": [1, None, ""]},
    ),
    (
        "PATCH",
        "/api/user/me/",
        {},
        {
            "fullname": [*UNSEEN, *TURNING],
            "timezone": [1, None, "", "a b", "x" * 65],
            "day_starts_at": [-1, 721, "90.0", "-0", 0.5, True, None],
        },
    ),
]
CASES = [
    pytest.param(method, path, good, field, value, id=f"{method} {path} {field}={value!r:.30}")
    for method, path, good, fields in BODIES
    for field, values in fields.items()
    for value in values
]


def refused(answer: httpx.Response, status: int = 400) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "detail", "instance"} <= problem.keys()
    assert problem["message"] == problem["detail"]
    for text in (problem["detail"], *chain(*problem.get("errors", {}).values())):
        assert text[0].isupper() or text[0] in "“`", text
        assert text.endswith("."), text
    return problem


def unheard(peers: dict[str, Peer]) -> None:
    assert not [name for name in SERVICES for name, *_ in peers[name].calls if name != "health"]


def send(client: httpx.Client, method: str, path: str, body: Any) -> httpx.Response:
    # ensure_ascii lets lone surrogates travel as JSON escapes.
    return client.request(
        method, path, content=json.dumps(body), headers={"Content-Type": "application/json"}
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/notifications/3/read/", {"is_read": False}),
        ("POST", "/api/khatmas/7/join/", {"chapter": 12}),
        ("DELETE", "/api/meditations/sessions/", {"before": "2026-01-01"}),
    ],
)
def test_fields_that_would_not_be_heeded_are_refused(
    client: httpx.Client, peers: dict[str, Peer], method: str, path: str, body: dict[str, Any]
) -> None:
    refused = client.request(method, path, json=body)
    assert refused.status_code == 400
    assert set(refused.json()["errors"]) == set(body)
    assert not [name for peer in peers.values() for name, *_ in peer.calls if name != "health"]


@pytest.mark.parametrize("line", ["x" * 201, "", " ", "a\nb", ["x"], None, 7, *UNSEEN, *TURNING])
def test_a_bad_line_of_a_list_is_named_by_its_place(
    client: httpx.Client, peers: dict[str, Peer], line: Any
) -> None:
    body = {"intention": ["شفاء", line]}
    problem = refused(send(client, "POST", "/api/khatmas/3/intentions/", body))
    assert list(problem["errors"]) == ["intention.1"]
    unheard(peers)


@pytest.mark.parametrize(("method", "path", "good", "field", "value"), CASES)
def test_a_bad_field_is_named(
    method: str,
    path: str,
    good: dict[str, Any],
    field: str,
    value: Any,
    client: httpx.Client,
    peers: dict[str, Peer],
) -> None:
    problem = refused(send(client, method, path, good | {field: value}))
    assert list(problem["errors"]) == [field]
    (message, *_) = problem["errors"][field]
    assert message.endswith(".")
    assert "^" not in message
    unheard(peers)


@pytest.mark.parametrize(
    ("method", "path", "good"),
    [pytest.param(method, path, good, id=f"{method} {path}") for method, path, good, _ in BODIES],
)
def test_an_unknown_field_is_named(
    method: str, path: str, good: dict[str, Any], client: httpx.Client, peers: dict[str, Peer]
) -> None:
    problem = refused(send(client, method, path, good | {"is_admin": True}))
    assert problem["errors"] == {"is_admin": ["Is not a field of this request. Leave it out."]}
    unheard(peers)


@pytest.mark.parametrize("name", ["\ud800", "x" * 5000, "a\x00b"])
def test_an_unknown_field_may_have_a_name_of_any_kind(name: str, client: httpx.Client) -> None:
    refused(send(client, "POST", "/api/meditations/sessions/", SESSION | {name: 1}))


def test_every_bad_field_is_named_at_once(client: httpx.Client) -> None:
    problem = refused(send(client, "POST", "/api/accounts/register/", {"email": "x"}))
    assert set(problem["errors"]) == {"username", "email", "password"}
    assert problem["errors"]["username"] == ["Is required."]


def test_what_is_secret_is_not_repeated(stranger: httpx.Client) -> None:
    body = REGISTER | {"password": "hunter2\x00canary", "email": "canary"}
    assert "canary" not in stranger.post("/api/accounts/register/", json=body).text


@pytest.mark.parametrize("written", ["25", "25.0", "2.5e1", "250e-1", '"25"', '"025"'])
def test_a_whole_number_may_be_written_otherwise(
    written: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    body = f'{{"meditation_type": "gratitude", "duration": {written}}}'
    headers = {"Content-Type": "application/json", "Idempotency-Key": written.strip('"')}
    answer = client.post("/api/meditations/sessions/", content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    (asked,) = peers["practice"].named("log_session")
    assert asked["body"] == SESSION
    assert isinstance(asked["body"]["duration"], int)


@pytest.mark.parametrize(
    ("method", "path", "content", "name"),
    [
        (
            "POST",
            SESSIONS,
            '{"duration": 25, "duration": 26, "meditation_type": "mantra"}',
            "duration",
        ),
        ("POST", SESSIONS, '{"duration": 25, "dur\\u0061tion": 25}', "duration"),
        ("POST", SESSIONS, '{"notes": {"a": [{"deep": 1, "deep": 1}]}}', "deep"),
        ("POST", SESSIONS, '{"\\ud800": 1, "\\ud800": 2}', "?"),
        ("POST", SESSIONS, '{"X": 1, "X": 2}'.replace("X", "x" * 99), "x" * 64),
        ("PATCH", "/api/khatmas/3/", '{"id": 3, "id": 4}', "id"),
        ("POST", "/api/khatmas/3/join/", '{"a": 1, "a": 1}', "a"),
        (
            "POST",
            "/api/login/",
            '{"password": "x", "email": "a@b.co", "password": "y"}',
            "password",
        ),
        ("POST", "/api/accounts/logout/", '{"refresh": "x", "refresh": "y"}', "refresh"),
    ],
)
def test_a_name_that_is_there_twice_is_refused(
    method: str, path: str, content: str, name: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    headers = {"Content-Type": "application/json"}
    problem = refused(client.request(method, path, content=content, headers=headers))
    assert problem["errors"] == {name: ["Is there more than once. Send it once."]}
    assert name in problem["detail"]
    unheard(peers)


def test_the_same_name_in_two_objects_is_no_repetition(client: httpx.Client) -> None:
    content = b'{"duration": {"a": 1}, "notes": {"a": 1}}'
    headers = {"Content-Type": "application/json"}
    problem = refused(client.post(SESSIONS, content=content, headers=headers))
    assert "a" not in problem["errors"]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b'{"duration": 23,}', "application/json"),
        (b'{"duration": NaN}', "application/json"),
        (b'{"duration": 1e999}', "application/json"),
        (b'{"duration": Infinity}', "application/json"),
        (b'{"duration": ' + b"9" * 5000 + b"}", "application/json"),
        (b'{"notes": "\xff\xfe"}', "application/json"),
        (b"\xef\xbb\xbf{}", "application/json"),
        (b"[" * 30_000, "application/json"),
        (b"[" * 900 + b"]" * 900, "application/json"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "application/json"),
        (b"null", "application/json"),
        (b"[]", "application/json"),
        (b'"text"', "application/json"),
        (b"1", "application/json"),
        (b"meditation_type=gratitude&duration=25", "application/x-www-form-urlencoded"),
        (json.dumps(SESSION).encode(), "text/plain"),
        (json.dumps(SESSION).encode(), "application/xml"),
        (json.dumps(SESSION).encode(), ""),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_not_a_json_object_is_refused(
    content: bytes, content_type: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    refused(client.post("/api/meditations/sessions/", content=content, headers=headers))
    unheard(peers)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_in_json_is_not_json(word: str, client: httpx.Client) -> None:
    answer = client.post(
        "/api/meditations/sessions/",
        content=f'{{"duration": {word}}}'.encode(),
        headers={"Content-Type": "application/json"},
    )
    assert list(refused(answer)["errors"]) == ["body"]


@pytest.mark.parametrize("depth", [17, 900, 30_000])
def test_deep_json_is_refused_for_being_deep(depth: int, client: httpx.Client) -> None:
    answer = client.post(
        "/api/meditations/sessions/",
        content=b'{"notes":' + b"[" * depth + b"]" * depth + b"}",
        headers={"Content-Type": "application/json"},
    )
    assert refused(answer)["errors"] == {"body": ["The JSON is nested too deeply."]}


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.x+json"],
)
def test_json_by_any_of_its_names_is_taken(content_type: str, client: httpx.Client) -> None:
    answer = client.post(
        "/api/meditations/sessions/",
        content=json.dumps(SESSION),
        headers={"Content-Type": content_type},
    )
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "id", ["0", "-1", "abc", "1.0", "01", "+1", " 1", "1e3", str(2**63), "9" * 5000, "٣", "%00"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/meditations/sessions/{}/"),
        ("DELETE", "/api/meditations/sessions/{}/"),
        ("GET", "/api/khatmas/{}/"),
        ("POST", "/api/khatmas/{}/join/"),
        ("GET", "/api/stats/khatma/{}/"),
        ("PATCH", "/api/notifications/{}/read/"),
    ],
)
def test_an_id_that_cannot_be_one_is_nowhere(
    method: str, path: str, id: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    refused(client.request(method, path.format(id)), 404)
    unheard(peers)


def test_the_largest_id_is_one(client: httpx.Client, peers: dict[str, Peer]) -> None:
    client.get(f"/api/meditations/sessions/{2**63 - 1}/")
    assert peers["practice"].named("get_session")[0]["body"] == {"id": 2**63 - 1}


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("/api/meditations/sessions/", "page", "0"),
        ("/api/meditations/sessions/", "page", "-1"),
        ("/api/meditations/sessions/", "page", "one"),
        ("/api/meditations/sessions/", "page", "1.0"),
        ("/api/meditations/sessions/", "page", "1_0"),
        ("/api/meditations/sessions/", "page", ""),
        ("/api/meditations/sessions/", "page", "9" * 30),
        ("/api/meditations/sessions/", "page_size", "0"),
        ("/api/meditations/sessions/", "page_size", "101"),
        ("/api/meditations/sessions/", "meditation_type", "sleeping"),
        ("/api/meditations/sessions/", "ordering", "id"),
        ("/api/meditations/sessions/", "from", "yesterday"),
        ("/api/meditations/sessions/", "to", "2026-02-30"),
        ("/api/meditations/leaderboard/", "window", "year"),
        ("/api/meditations/leaderboard/", "limit", "101"),
        ("/api/khatmas/", "filter", "all"),
        ("/api/khatmas/", "after", "x"),
        ("/api/khatmas/", "ordering", "creator"),
        ("/api/khatmas/", "status", "done"),
        ("/api/khatmas/", "search", "a\x00b"),
        ("/api/khatmas/", "search", "x" * (LONGEST_QUERY + 1)),
        ("/api/khatmas/", "khatma_type", "public"),
        ("/api/khatmas/", "is_public", "1"),
        ("/api/khatmas/", "page", "0"),
        ("/api/khatmas/", "page_size", "101"),
        ("/api/khatmas/3/sessions/", "user", "7"),
        ("/api/khatmas/3/sessions/", "page_size", "0"),
        ("/api/sessions/", "user", "7"),
        ("/api/sessions/", "khatma", "0"),
        ("/api/notifications/", "unread", "maybe"),
        ("/api/notifications/", "page_size", "1000"),
    ],
)
def test_a_bad_query_is_named(
    path: str, field: str, value: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    problem = refused(client.get(path, params={field: value}))
    assert list(problem["errors"]) == [field]
    unheard(peers)


@pytest.mark.parametrize(
    "query", ["filter=joinable&after=9", "page=1&after=9", "ordering=name&after=9"]
)
def test_what_goes_on_with_nothing_is_named(
    query: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    assert list(refused(client.get(f"/api/khatmas/?{query}"))["errors"]) == ["after"]
    unheard(peers)


def test_read_only_fields_may_come_back(client: httpx.Client, peers: dict[str, Peer]) -> None:
    resource = {"id": 3, "user": 7, "created_at": "x", "updated_at": "y", "duration": 30}
    assert client.put("/api/meditations/sessions/3/", json=resource).status_code == 200
    (asked,) = peers["practice"].named("change_session")
    assert asked["body"] == {"id": 3, "change": {"duration": 30}}


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/", "/api/khatmas/3/nothing/", "/api/%F0%9F%8C%99/", "/..%2f"]
)
def test_an_unknown_address_is_a_problem_too(path: str, client: httpx.Client) -> None:
    refused(client.get(path), 404)


@pytest.mark.parametrize(
    "path",
    [
        *(f"/api/khatmas{encoded}3/" for encoded in ("%2f", "%2F", "%5c", "%00", "%3b", "%25")),
        *("/api%2Fkhatmas/", "/..%2f", "/healthz%3f", "/healthz%23", "/healthz%00"),
        *("/healthz%zz", "/healthz%", "/healthz%4"),
    ],
)
def test_what_two_readers_may_read_in_two_ways_is_nowhere(path: str, gateway: Gateway) -> None:
    """Traefik refuses it; without a proxy it leads no further."""
    with Line(gateway) as line:
        line.send(head(f"GET {path}"))
        said = line.hear()
    assert (said.status, said.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/%68ealthz", "/health%7A", "/docs/%2e%2e/healthz"])
def test_what_needs_no_encoding_may_have_one(path: str, gateway: Gateway) -> None:
    with Line(gateway) as line:
        line.send(head(f"GET {path}"))
        assert line.hear().status == 200


def test_an_unknown_method_names_the_known_ones(client: httpx.Client) -> None:
    answer = client.request("PATCH", "/api/meditations/sessions/")
    refused(answer, 405)
    assert answer.headers["allow"] == "DELETE, GET, HEAD, POST"
    refused(client.request("TRACE", "/api/khatmas/"), 405)


def test_who_asks_comes_before_what_is_asked(stranger: httpx.Client) -> None:
    refused(stranger.post("/api/meditations/sessions/", content=b"{"), 401)


@pytest.mark.parametrize("path", ["/api/login/", "/api/accounts/login/"])
@pytest.mark.parametrize(
    "typed",
    [
        "us\u200ber@example.com",
        "user@exam\u200bple.com",
        "user@exam\u00adple.com",
        "user@example.com\u200b",
        "user@example.com\ufeff",
    ],
    ids=ascii,
)
def test_an_address_that_hides_a_character_is_named(
    path: str, typed: str, stranger: httpx.Client, mint: Mint, peers: dict[str, Peer]
) -> None:
    """But for an account from before, which has that very address."""
    said = {"email": typed, "password": "quiet-river-29"}
    peers["auth"].answers["log_in"] = _nobody
    assert list(refused(stranger.post(path, json=said))["errors"]) == ["email"]
    refused(stranger.post(path, json=said | {"email": "user@example.com"}), 401)
    user = {"id": 7, "username": "layla", "email": typed}
    peers["auth"].answers["log_in"] = {"access": mint.token(), "refresh": "r", "user": user}
    assert stranger.post(path, json=said).status_code == 200


def _nobody(_: Any) -> None:
    raise Unauthenticated("The e-mail or the password is wrong.")


@pytest.mark.parametrize(
    "literal",
    [
        "24.999999999999999999999",
        "25.0000000000000000000001",
        "250.0000000000000000000001e-1",
        "2.50000000000000000000000001e1",
        "25.00000000000000000000001e0",
    ],
)
def test_a_number_that_is_almost_whole_is_not(
    literal: str, client: httpx.Client, peers: dict[str, Peer]
) -> None:
    body = f'{{"meditation_type": "mantra", "duration": {literal}}}'
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/meditations/sessions/", content=body, headers=headers)
    assert refused(answer)["errors"] == {"duration": ["Must be a whole number."]}
    assert not peers["practice"].named("log_session")


@pytest.mark.parametrize("literal", ["25.0", "25.000000000000000000000000", "2.5e1", "250e-1"])
def test_a_whole_number_may_be_written_in_any_way(literal: str, client: httpx.Client) -> None:
    body = f'{{"meditation_type": "mantra", "duration": {literal}}}'
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/meditations/sessions/", content=body, headers=headers)
    assert answer.status_code == 201


def test_a_refusal_names_the_first_wrong_field_for_who_shows_its_message_alone(
    client: httpx.Client,
) -> None:
    one = client.post(SESSIONS, json=SESSION | {"duration": 0}).json()
    assert one["message"] == "The field duration is wrong. Must be at least 1."
    two = client.post(SESSIONS, json={"meditation_type": "gratitude", "length": 3}).json()
    assert two["message"] == (
        "The field duration is wrong. Is required. So is 1 more field: see `errors`."
    )
    assert list(two["errors"]) == ["duration", "length"]
    query = client.get("/api/search/khatmas/", params={"type": "all"}).json()
    assert query["message"] == (
        "The field q is wrong. Is required. So is 1 more field: see `errors`."
    )


@pytest.mark.parametrize("sent", ["text", {}, None, ["x"] * 21], ids=repr)
def test_a_list_is_refused_by_what_it_must_be(sent: Any, client: httpx.Client) -> None:
    refused = client.post("/api/khatmas/3/intentions/", json={"intention": sent}).json()
    (message,) = refused["errors"]["intention"]
    assert message in ("Must be a list.", "Must hold at most 20 entries.")
