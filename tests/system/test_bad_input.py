"""Bad input: every field of every body that the OpenAPI document has, wrong in every way.

A new operation with a body fails here until it has a good body to start from.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from people import PASSWORD, Person, ok, problem, refused_before, unique

NewPerson = Callable[..., Person]
SESSIONS = "/api/meditations/sessions/"

REGISTER = {"username": "a-reader", "email": "bad@example.com", "password": PASSWORD}
SIGN_UP = {
    "fullname": "Ali Ahmed",
    "email": "bad@example.com",
    "password": PASSWORD,
    "gender": "male",
    "phone": "0101",
}
LOG_IN = {"email": "bad@example.com", "username": "bad@example.com", "password": PASSWORD}
SESSION = {"meditation_type": "mantra", "duration": 9, "notes": "x", "date": "2026-03-01"}
CHANGED_KHATMA = {
    "name": "n",
    "description": "d",
    "target_days": 9,
    "is_public": False,
    "parts_at_once": 2,
}
ME = {
    "fullname": "Ali",
    "username": "a-reader-of-old",
    "gender": "male",
    "phone": "0101",
    "bio": "b",
    "timezone": "UTC",
    "day_starts_at": 0,
    "visibility": "companions",
}
WEBHOOK = {
    "url": "https://8.8.8.8/sakina",
    "types": ["khatma.*.v1"],
    "description": "My calendar",
}
GOOD: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/accounts/register/"): REGISTER,
    ("POST", "/api/signup/"): SIGN_UP,
    ("POST", "/api/accounts/login/"): LOG_IN,
    ("POST", "/api/login/"): LOG_IN,
    ("POST", "/api/refresh/"): {"refresh": "x" * 43, "rotate": True},
    ("POST", "/api/accounts/logout/"): {"refresh": "x" * 43},
    ("POST", "/api/accounts/password/"): {"old_password": "x", "new_password": "Another-place-8"},
    ("PATCH", "/api/user/me/"): ME,
    ("POST", SESSIONS): SESSION,
    ("PUT", SESSIONS + "{id}/"): SESSION,
    ("PATCH", SESSIONS + "{id}/"): SESSION,
    ("POST", "/api/khatmas/"): {**CHANGED_KHATMA, "khatma_type": "group"},
    ("PUT", "/api/khatmas/{id}/"): CHANGED_KHATMA,
    ("PATCH", "/api/khatmas/{id}/"): CHANGED_KHATMA,
    ("POST", "/api/khatmas/{id}/invite/"): {"email": "nobody@example.com"},
    ("POST", "/api/khatmas/{id}/intentions/"): {"intention": ["For my grandmother"]},
    ("POST", "/api/khatmas/{id}/links/"): {"expires_in_days": 7, "max_uses": 30},
    ("POST", "/api/khatmas/{id}/sessions/"): {
        "chapter_assigned": 1,
        "is_completed": False,
        "reading_date": "2026-03-01",
        "notes": "x",
    },
    ("POST", "/api/webhooks/"): WEBHOOK,
    ("PATCH", "/api/webhooks/{id}/"): {**WEBHOOK, "enabled": True},
    ("POST", "/api/webhooks/{id}/rotate/"): {"overlap_hours": 24},
    ("POST", "/api/webhooks/{id}/redeliver/"): {"since": "2026-03-01T00:00:00.000000Z"},
}
# What may be empty: prose, and what PATCH clears. What may be null: what PATCH clears so, too.
EMPTY = {"notes", "description", "bio", "phone"}
CLEARED = {"fullname", "gender", "phone"}
NULL = {"gender", "phone"}

NOT_TEXT = [17, 1.5, True, [], {}, ["x"], {"x": "y"}]
CONTROL = ["a\x00b", "a\x07b", "a\x1bb", "a\x7fb", "a\x9fb"]
SURROGATES = ["\ud800", "a\udfffb", "\udc00\ud800"]
DAYS = [
    "2026-02-30",
    "2026-13-01",
    "2025-02-29",
    "1999-12-31",
    "0001-01-01",
    "2099-01-01",
    "9999-12-31",
    "20260301",
    "2026-3-1",
    "2026-03-01T00:00:00Z",
    "2026-W10-1",
    "٢٠٢٦-٠٣-٠١",
    "-2026-03-01",
    "tomorrow",
]
ZONES = ["Mars/Phobos", "Europe/Atlantis", "../etc/passwd", "/etc/localtime", "UTC\n", "utc+25"]
NOT_NUMBERS = [" 7", "7.0", "+7", "-0", "1e1", "٧", "9" * 400, "", "seven", 7.5, True, [], {}, [7]]
HUGE = [2**31, 2**63, 2**64, 10**30, -1, -(2**63) - 1]
NOT_FLAGS = ["true", "yes", "", 0, 1, [], {}]


def described(http: httpx.Client) -> dict[tuple[str, str], dict[str, Any]]:
    """The properties of every body that the OpenAPI document has, without what is ignored."""
    document = ok(http.get("/openapi.json"))
    schemas = document["components"]["schemas"]

    def resolved(schema: dict[str, Any]) -> dict[str, Any]:
        for one in schema.get("anyOf", []):
            if one.get("type") != "null":
                return resolved(one)
        if "$ref" in schema:
            return resolved(schemas[schema["$ref"].rpartition("/")[2]])
        return schema

    return {
        (method.upper(), path): {
            name: resolved(each)
            for name, each in resolved(
                operation["requestBody"]["content"]["application/json"]["schema"]
            )["properties"].items()
            if not each.get("readOnly")
        }
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation
    }


def wrong(name: str, schema: dict[str, Any], *, clears: bool) -> Iterator[Any]:
    """Every value that the field `name` must refuse."""
    if not (clears and name in NULL):
        yield None
    if schema["type"] == "string":
        yield from [*NOT_TEXT, *CONTROL, *SURROGATES]
        yield "a" * 60_000
        if "maxLength" in schema:
            yield "1" * (schema["maxLength"] + 1)
        if name not in EMPTY and not (clears and name in CLEARED):
            yield ""
        if schema.get("format") == "date":
            yield from DAYS
        if name == "timezone":
            yield from ZONES
        if name == "email" and "@" in schema["pattern"]:
            yield from ["a", "a@", "@b.c", "a b@c.de", "a@b", "a@b.c, d@e.f", "a@b.c\n", "a@@b.c"]
        if name == "username" and schema["maxLength"] < 254:  # not the e-mail by that name
            yield from ["ab", "a b c", "ليلى", "a@b.c", "a/b/c"]
        if "enum" in schema:
            yield from ["nothing", schema["enum"][0].upper(), f" {schema['enum'][0]}"]
        if schema.get("format") == "date-time":
            yield from ["2026-03-01", "2026-03-01T00:00:00", "yesterday"]
    elif schema["type"] == "integer":
        yield from [*NOT_NUMBERS, *HUGE, schema["minimum"] - 1, schema["maximum"] + 1]
    elif schema["type"] == "array":
        yield from ["x", 7, True, {}, {"0": "x"}, [["x"]], [7], [None], ["x", ""], ["x" * 201]]
        yield ["x"] * (schema["maxItems"] + 1)
        yield from ([text] for text in [*CONTROL, *SURROGATES])
    else:
        assert schema["type"] == "boolean"
        yield from NOT_FLAGS


@pytest.fixture(scope="module")
def person(newcomer: NewPerson) -> Person:
    """Somebody with a session and a khatma."""
    return newcomer()


@pytest.fixture(scope="module")
def things(person: Person) -> dict[str, int]:
    """The ids of the session and of the khatma."""
    return {
        SESSIONS: person.meditate(20, date="2026-03-01")["id"],
        "/api/khatmas/": person.new_khatma()["id"],
        "/api/webhooks/": ok(person.post("/api/webhooks/", WEBHOOK), 201)["id"],
    }


@pytest.fixture
def before(person: Person, things: dict[str, int]) -> list[Any]:
    """Everything as it was before the bad input."""
    return everything(person, things)


@pytest.fixture
def unchanged(person: Person, things: dict[str, int], before: list[Any]) -> Iterator[None]:
    """Everything is after the test as it was before."""
    yield
    assert everything(person, things) == before


def everything(person: Person, things: dict[str, int]) -> list[Any]:
    """All that a person has."""
    return [
        ok(person.get(path))
        for path in (
            "/api/user/me/",
            SESSIONS,
            "/api/meditations/stats/",
            "/api/khatmas/",
            "/api/sessions/",
            "/api/stats/user/",
            f"/api/stats/khatma/{things['/api/khatmas/']}/",
            f"/api/khatmas/{things['/api/khatmas/']}/members/",
            "/api/webhooks/",
        )
    ]


def address(path: str, things: dict[str, int]) -> str:
    if "{id}" not in path:
        return path
    start = path.partition("{id}")[0]
    return path.format(id=things[start])


def send(person: Person, method: str, path: str, content: bytes, **headers: str) -> httpx.Response:
    headers = {"Content-Type": "application/json", **headers}
    return person.send(method, path, content=content, headers=headers)


def test_every_body_has_a_good_one_to_start_from(http: httpx.Client) -> None:
    fields = {operation: set(found) for operation, found in described(http).items()}
    assert fields == {operation: set(body) for operation, body in GOOD.items()}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("method", "path"), GOOD)
def test_every_field_wrong_in_every_way_is_named(
    http: httpx.Client, person: Person, things: dict[str, int], method: str, path: str
) -> None:
    failures = []
    tried = 0
    for name, schema in described(http)[method, path].items():
        for value in wrong(name, schema, clears=path == "/api/user/me/"):
            tried += 1
            body = json.dumps({**GOOD[method, path], name: value}).encode()
            answer = send(person, method, address(path, things), body)
            errors = answer.json().get("errors", {})
            # Of a list, the place that is wrong.
            named = answer.status_code == 400 and any(
                each.partition(".")[0] == name for each in errors
            )
            if not named or "problem+json" not in answer.headers["content-type"]:
                failures.append((name, repr(value)[:60], answer.status_code, answer.text[:200]))
    assert failures == []
    assert tried > 10


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("method", "path"), GOOD)
def test_a_field_that_nobody_knows_is_named(
    person: Person, things: dict[str, int], method: str, path: str
) -> None:
    for name in ("zzz", "is_admin", "ID", "__proto__", "user_id"):
        body = json.dumps({**GOOD[method, path], name: 1}).encode()
        refused = problem(send(person, method, address(path, things), body), 400)
        assert name in refused["errors"]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("method", "path"), GOOD)
def test_what_is_not_json_is_refused(
    person: Person, things: dict[str, int], method: str, path: str
) -> None:
    good = json.dumps(GOOD[method, path]).encode()
    for content in (
        b"{",
        good[:-1],
        good[:-1] + b",}",
        good.replace(b'"', b"'"),
        b"[]",
        b'"text"',
        b"17",
        b"[" * 3000,
        b'{"a":' * 3000,
        b"\xff\xfe{}",
        b'{"duration": NaN}',
        b'{"duration": 1e999999999}',
        b'{"duration": ' + b"9" * 5000 + b"}",
        good + b"x",
        b"\xef\xbb\xbf\x00",
    ):
        answer = send(person, method, address(path, things), content)
        problem(answer, 400)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("method", "path"), GOOD)
def test_another_content_type_is_refused(
    person: Person, things: dict[str, int], method: str, path: str
) -> None:
    good = json.dumps(GOOD[method, path]).encode()
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/octet-stream",
        "",
        "json",
    ):
        answer = send(person, method, address(path, things), good, **{"Content-Type": kind})
        problem(answer, 400)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("method", "path"), GOOD)
def test_a_body_over_64_kib_is_refused_in_one_piece_and_in_many(
    person: Person, things: dict[str, int], method: str, path: str
) -> None:
    long = json.dumps({**GOOD[method, path], "zzz": "x" * 70_000}).encode()
    problem(send(person, method, address(path, things), long), 413)
    pieces = (long[at : at + 4096] for at in range(0, len(long), 4096))
    headers = {"Content-Type": "application/json"}
    chunked = person.send(method, address(path, things), content=pieces, headers=headers)
    problem(chunked, 413)


@pytest.mark.parametrize(
    ("path", "name", "values"),
    [
        (SESSIONS, "page", ["0", "-1", "x", "1.5", str(2**63), "10000001", "", "１"]),
        (SESSIONS, "page_size", ["0", "101", "-1", "x", ""]),
        (SESSIONS, "ordering", ["id", "", "date,", "-DATE", "duration;drop"]),
        (SESSIONS, "meditation_type", ["nothing", ""]),
        (SESSIONS, "from", ["2026-02-30", "1999-12-31", "x", ""]),
        (SESSIONS, "to", ["2026-13-01", "20260301", "x\x00"]),
        ("/api/notifications/", "page", ["0", "x"]),
        ("/api/notifications/", "page_size", ["0", "101"]),
        ("/api/notifications/", "unread", ["maybe", "2", ""]),
        ("/api/activity/", "after", ["", "x", "AQ==", "a" * 28, "a" * 70, "１", "0", "-1"]),
        ("/api/activity/", "before", ["", "x", "a" * 28, "x\x00"]),
        ("/api/activity/", "newest", ["1", "yes", ""]),
        ("/api/activity/", "types", ["", ",", "khatma", "auth.#", "x" * 3000, "*.*.*.*"]),
        ("/api/activity/", "limit", ["0", "201", "-1", "x", ""]),
        ("/api/activity/stream/", "after", ["", "x", "AQ==", "a" * 28, "a" * 70, "0"]),
        ("/api/activity/stream/", "types", ["", ",", "khatma", "auth.#", "*.*.*.*"]),
        ("/api/activity/stream/", "ticket", ["", "x", "a" * 300]),
        ("/api/webhooks/{id}/deliveries/", "before", ["0", "-1", "x", str(2**63)]),
        ("/api/webhooks/{id}/deliveries/", "limit", ["0", "201", "-1", "x", ""]),
        ("/api/meditations/leaderboard/", "window", ["year", "", "ALL"]),
        ("/api/meditations/leaderboard/", "limit", ["0", "101", "-1", "x"]),
        ("/api/khatmas/", "filter", ["all", "", "private", "PUBLIC"]),
        ("/api/khatmas/", "after", ["0", "-1", "abc", str(2**63)]),
        ("/api/khatmas/", "ordering", ["id", "", "-NAME", "name;drop", "creator__email"]),
        ("/api/khatmas/", "status", ["done", "", "ACTIVE"]),
        ("/api/khatmas/", "search", ["", "a", " a ", "%_", "\u064b\u064e", "x" * 201, "x\x00y"]),
        ("/api/khatmas/", "khatma_type", ["public", ""]),
        ("/api/khatmas/", "is_public", ["1", "yes", ""]),
        ("/api/khatmas/", "page", ["0", "-1", "x", str(2**63), ""]),
        ("/api/khatmas/", "page_size", ["0", "101", "x"]),
        ("/api/khatmas/{id}/sessions/", "user", ["1", "all", ""]),
        ("/api/khatmas/{id}/sessions/", "page", ["0", "x"]),
        ("/api/khatmas/{id}/sessions/", "page_size", ["0", "101"]),
        ("/api/search/khatmas/", "q", ["", "a", "%", "_", "\u064b\u064e", "x" * 201, "x\x00y"]),
        ("/api/search/khatmas/", "type", ["public", "GROUP"]),
        ("/api/khatma/completed/", "after", ["0", "-1", "abc", str(2**63)]),
        ("/api/sessions/", "khatma", ["0", "-1", "abc", str(2**63)]),
        ("/api/sessions/", "after", ["0", "-1", "abc", str(2**63)]),
        ("/api/sessions/", "user", ["1", "all", "you"]),
    ],
)
def test_a_wrong_parameter_is_named(
    person: Person, path: str, name: str, values: list[str]
) -> None:
    for value in values:
        refused = problem(person.get(path.format(id=1), **{name: value}), 400)
        assert name in refused["errors"], value


def test_every_parameter_of_the_description_is_tried(http: httpx.Client) -> None:
    mark = test_a_wrong_parameter_is_named.pytestmark[0]
    tried = {(path, name) for path, name, _ in mark.args[1]}
    paths = ok(http.get("/openapi.json"))["paths"]
    found = {
        (path, parameter["name"])
        for path, operations in paths.items()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    }
    assert found == tried


@pytest.mark.usefixtures("unchanged")
def test_a_word_that_an_operation_does_not_know_does_nothing(
    http: httpx.Client, person: Person, things: dict[str, int]
) -> None:
    """On every operation there is: what is deleted with `?id=3` would else be everything."""
    ids = {"/api/meditations/": things[SESSIONS]}
    for path, operations in ok(http.get("/openapi.json"))["paths"].items():
        for method, operation in operations.items():
            if not path.startswith("/api/"):
                continue
            thing = next((ids[start] for start in ids if path.startswith(start)), None)
            address = path.replace("{id}", str(thing or things["/api/khatmas/"]))
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for word in ("dry_run", "id", "offset"):
                answer = person.send(
                    method.upper(), f"{address}?{word}=1", json=body.get("example")
                )
                refused = problem(answer, 400)
                (message,) = refused["errors"][word]
                for parameter in operation.get("parameters", []):
                    assert (parameter["in"] == "query") <= (parameter["name"] in message)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("method", "path"), GOOD)
def test_a_name_that_is_there_twice_is_named(
    person: Person, things: dict[str, int], method: str, path: str
) -> None:
    good = json.dumps(GOOD[method, path])
    for name, value in GOOD[method, path].items():
        body = f"{good[:-1]}, {json.dumps(name)}: {json.dumps(value)}}}".encode()
        refused = problem(send(person, method, address(path, things), body), 400)
        assert list(refused["errors"]) == [name]


@pytest.mark.parametrize("key", [b"", b"x" * 256, b"a\tb", b"\xe9", "é".encode()])
def test_an_unusable_idempotency_key_is_refused(person: Person, key: bytes) -> None:
    before = ok(person.get(SESSIONS))["count"]
    headers = {"Idempotency-Key": key}
    answer = person.post(SESSIONS, {"meditation_type": "mantra", "duration": 1}, headers=headers)
    problem(answer, 400)
    assert ok(person.get(SESSIONS))["count"] == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing/", 404),
        ("GET", "/api/meditations/sessions/1/more/", 404),
        ("GET", "/..%2f..%2fetc/passwd", 404),
        ("GET", "/%00", 404),
        ("PUT", "/api/khatmas/", 405),
        ("DELETE", "/api/login/", 405),
    ],
)
def test_addresses_that_are_not_there(person: Person, method: str, path: str, status: int) -> None:
    answer = person.send(method, path)
    if not refused_before(answer, path):
        problem(answer, status)


def test_no_refusal_tells_how_sakina_is_made(person: Person, http: httpx.Client) -> None:
    for answer in (
        send(person, "POST", SESSIONS, b'{"duration": "\\ud800"}'),
        http.get("/api/user/me/", headers={"Authorization": f"Bearer {unique('x')}"}),
        person.get("/api/khatmas/9223372036854775807/"),
    ):
        for word in ("Traceback", "psycopg", "pydantic", "sqlalchemy", "SELECT ", ".py"):
            assert word not in answer.text
