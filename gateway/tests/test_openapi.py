"""The documents: whole, true, and readable without internet."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from conftest import Gateway

from contracts.refusals import Invalid
from contracts.rpc import METHODS
from gateway import openapi
from gateway.routes import ROUTERS

METHOD_NAMES = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document(_started_gateway: Gateway) -> dict[str, Any]:
    document: dict[str, Any] = _started_gateway.client.get("/openapi.json").json()
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHOD_NAMES:
            if method in item:
                yield method.upper(), path, item[method]


def answer_of(document: dict[str, Any], operation: dict[str, Any], status: str) -> dict[str, Any]:
    answer: dict[str, Any] = operation["responses"][status]
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return answer


def test_every_address_of_the_product_is_there(document: dict[str, Any]) -> None:
    assert {f"{method} {path}" for method, path, _ in operations(document)} == {
        "POST /api/accounts/register/",
        "POST /api/accounts/login/",
        "POST /api/accounts/logout/",
        "POST /api/accounts/password/",
        "POST /api/signup/",
        "POST /api/login/",
        "POST /api/refresh/",
        "GET /api/homepage/",
        "GET /api/khatma/completed/",
        "GET /api/stats/user/{id}/",
        "GET /api/achievements/user/{id}/",
        "GET /api/user/me/",
        "PATCH /api/user/me/",
        "DELETE /api/user/me/",
        "GET /.well-known/jwks.json",
        "GET /api/meditations/sessions/",
        "POST /api/meditations/sessions/",
        "DELETE /api/meditations/sessions/",
        "GET /api/meditations/sessions/{id}/",
        "PUT /api/meditations/sessions/{id}/",
        "PATCH /api/meditations/sessions/{id}/",
        "DELETE /api/meditations/sessions/{id}/",
        "GET /api/meditations/leaderboard/",
        "GET /api/meditations/stats/",
        "GET /api/khatmas/",
        "POST /api/khatmas/",
        "GET /api/search/khatmas/",
        "GET /api/khatmas/{id}/",
        "PUT /api/khatmas/{id}/",
        "PATCH /api/khatmas/{id}/",
        "DELETE /api/khatmas/{id}/",
        "POST /api/khatmas/{id}/join/",
        "GET /api/khatmas/{id}/members/",
        "POST /api/khatmas/{id}/invite/",
        "DELETE /api/khatmas/{id}/leave/",
        "GET /api/khatmas/{id}/sessions/",
        "POST /api/khatmas/{id}/links/",
        "GET /api/khatmas/{id}/links/",
        "DELETE /api/khatmas/{id}/links/{link}/",
        "GET /api/khatmas/links/{code}/",
        "POST /api/khatmas/links/{code}/",
        "GET /api/khatmas/{id}/intentions/",
        "POST /api/khatmas/{id}/intentions/",
        "POST /api/khatmas/{id}/sessions/",
        "GET /api/sessions/",
        "GET /api/sessions/{id}/",
        "GET /api/stats/user/",
        "GET /api/stats/khatma/{id}/",
        "GET /api/achievements/",
        "GET /api/dashboard/",
        "GET /api/activity/",
        "GET /api/activity/stream/",
        "POST /api/activity/tickets/",
        "GET /api/webhooks/",
        "POST /api/webhooks/",
        "GET /api/webhooks/{id}/",
        "PATCH /api/webhooks/{id}/",
        "DELETE /api/webhooks/{id}/",
        "POST /api/webhooks/{id}/rotate/",
        "POST /api/webhooks/{id}/test/",
        "GET /api/webhooks/{id}/deliveries/",
        "GET /api/webhooks/{id}/deliveries/{delivery}/",
        "POST /api/webhooks/{id}/deliveries/{delivery}/redeliver/",
        "POST /api/webhooks/{id}/redeliver/",
        "GET /api/notifications/",
        "PATCH /api/notifications/{id}/read/",
        "PATCH /api/notifications/mark-all-read/",
        "POST /api/notifications/mark-all-read/",
        "GET /healthz",
        "GET /readyz",
    }


def test_every_operation_says_what_it_is(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for *_, operation in operations(document)]
    assert len(ids) == len(set(ids))
    tags = {tag["name"] for tag in document["tags"]}
    for method, path, operation in operations(document):
        assert 3 < len(operation["summary"]) < 60, (method, path)
        assert operation["description"].endswith((".", "?")), (method, path)
        assert set(operation["tags"]) <= tags
        assert len([s for s in operation["responses"] if s.startswith("2")]) == 1


def test_every_error_is_a_described_problem(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        for status in operation["responses"]:
            if status.startswith(("2", "304")) or path == "/readyz":
                continue
            answer = answer_of(document, operation, status)
            assert list(answer["content"]) == ["application/problem+json"], (method, path)
            assert answer["description"]


def test_every_operation_names_its_errors(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        statuses = set(operation["responses"])
        assert "400" in statuses, (method, path)
        if path in ("/healthz", "/readyz"):
            continue
        assert {"500", "503", "504"} <= statuses, (method, path)
        assert ("401" in statuses) or not operation["security"]
        if "requestBody" in operation:
            assert {"400", "413"} <= statuses, (method, path)
        if "{id}" in path:
            assert "404" in statuses, (method, path)
        keyed = any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", []))
        assert keyed == ("422" in statuses), (method, path)
        assert keyed <= ({"400", "409"} <= statuses), (method, path)


def test_a_bound_is_the_whole_number_that_it_is(document: dict[str, Any]) -> None:
    """As floats, the bound of an id would be one above what fits into 64 bits."""

    def bounds(part: Any) -> Iterator[Any]:
        if isinstance(part, dict):
            yield from (part[name] for name in ("minimum", "maximum") if name in part)
        for inner in part.values() if isinstance(part, dict) else part:
            if isinstance(inner, dict | list):
                yield from bounds(inner)

    found = list(bounds(document))
    assert max(found) == 2**63 - 1
    assert {type(bound) for bound in found} == {int}


def test_numbers_of_bodies_are_integers(document: dict[str, Any]) -> None:
    """They may be written as text, too, but what is documented is one form."""
    schemas = document["components"]["schemas"]
    for model, field in (
        ("LogSession", "duration"),
        ("CreateKhatma", "target_days"),
        ("ReadingReport", "chapter_assigned"),
        ("UpdateMe", "day_starts_at"),
    ):
        described = schemas[model]["properties"][field]
        assert described["type"] == "integer"
        assert {"minimum", "maximum"} <= described.keys()


def test_all_but_the_open_ones_need_a_token(document: dict[str, Any]) -> None:
    """Each says so itself: a generator takes what says nothing as it pleases."""
    unlocked = {path for _, path, operation in operations(document) if not operation["security"]}
    assert unlocked == {
        "/api/accounts/register/",
        "/api/accounts/login/",
        "/api/signup/",
        "/api/login/",
        "/api/refresh/",
        "/api/homepage/",
        "/.well-known/jwks.json",
        "/healthz",
        "/readyz",
    }


def test_what_is_said_to_need_a_token_needs_one(
    document: dict[str, Any], stranger: httpx.Client
) -> None:
    for method, path, operation in operations(document):
        if operation["security"]:
            answer = stranger.request(method, path.replace("{id}", "1"))
            assert answer.status_code == 401, (method, path)


def test_every_body_has_an_example_that_fits_its_schema(document: dict[str, Any]) -> None:
    bodies = 0
    for *_, operation in operations(document):
        if "requestBody" not in operation:
            continue
        content = operation["requestBody"]["content"]["application/json"]
        schema = {**content["schema"], "components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(content["example"])
        bodies += 1
        if content["example"]:
            name = next(iter(content["example"]))
            broken = content["example"] | {name: {"not": "this"}}
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.Draft202012Validator(schema).validate(broken)
    assert bodies == 22


def test_every_example_fits_the_schema_that_it_stands_in(document: dict[str, Any]) -> None:
    def examples(part: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
        if isinstance(part, dict) and ("examples" in part or "example" in part):
            schema = part.get("schema", part)
            one = [part["example"]] if "example" in part else []
            for example in [*part.get("examples", []), *one]:
                yield place, schema, example
        pairs = part.items() if isinstance(part, dict) else enumerate(part)
        for name, inner in pairs:
            if isinstance(inner, dict | list) and name not in ("example", "examples"):
                yield from examples(inner, f"{place}/{name}")

    found = list(examples(document))
    assert len(found) > 20
    for place, schema, example in found:
        whole = {**schema, "components": document["components"]}
        errors = list(jsonschema.Draft202012Validator(whole).iter_errors(example))
        assert not errors, (place, example, errors)


def takes(document: dict[str, Any], model: str, body: dict[str, Any]) -> bool:
    schema = {"$ref": f"#/components/schemas/{model}", "components": document["components"]}
    return bool(jsonschema.Draft202012Validator(schema).is_valid(body))


@pytest.mark.parametrize(
    ("change", "resource"),
    [
        ("SessionChange", "Session"),
        ("KhatmaChange", "Khatma"),
        ("UpdateMe", "Profile"),
        ("WebhookChange", "Webhook"),
    ],
)
def test_what_was_read_may_be_put_back_as_the_document_says(
    document: dict[str, Any], change: str, resource: str
) -> None:
    """The API ignores what only it says; a typed client can send it only if the document lets."""
    schemas = document["components"]["schemas"]
    assert schemas[resource]["properties"].keys() <= schemas[change]["properties"].keys()
    assert takes(document, change, {"id": 1})
    assert not takes(document, change, {"unheard_of": 1})


def test_logging_in_takes_the_e_mail_as_username_too(document: dict[str, Any]) -> None:
    email, password = "layla@example.com", "quiet-river-29"
    assert takes(document, "LoginForm", {"email": email, "password": password})
    assert takes(document, "LoginForm", {"username": email, "password": password})
    assert not takes(document, "LoginForm", {"password": password})
    assert not takes(document, "LoginForm", {"email": email})
    assert not takes(document, "LoginForm", {"email": email, "password": password, "x": 1})


def test_a_body_has_one_form(document: dict[str, Any]) -> None:
    """Of a body or null, a generated client that is given neither sends what is no JSON."""
    for method, path, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert list(content["schema"]) == ["$ref"], (method, path)
    assert "required" not in document["paths"]["/api/accounts/logout/"]["post"]["requestBody"]


def test_the_document_says_where_it_is_served_and_on_what_terms(document: dict[str, Any]) -> None:
    """Relative, so that it is true wherever it is read from."""
    assert [server["url"] for server in document["servers"]] == ["/"]
    assert document["info"]["license"]["name"]


def test_every_example_is_taken(document: dict[str, Any], client: httpx.Client) -> None:
    """By the gateway at least: the peers know of nothing."""
    for method, path, operation in operations(document):
        if "requestBody" in operation:
            example = operation["requestBody"]["content"]["application/json"]["example"]
            answer = client.request(method, path.replace("{id}", "1"), json=example)
            assert answer.status_code not in (400, 405, 413), (path, answer.text)


def test_every_method_of_every_service_is_reachable() -> None:
    """What the catalogue offers is not left out, but for what only the gateway itself asks."""
    import inspect

    from gateway import keys, readiness, revoked, routes

    sources = [inspect.getsource(module) for module in (revoked, keys, readiness)]
    folder = Path(str(routes.__file__)).parent
    sources += [file.read_text() for file in folder.rglob("*.py")]
    text = "\n".join(sources)
    named = {
        "health": True,
        **{method.name: f"{method.name.upper()}" in text for method in METHODS.values()},
    }
    named["list"] = "notify.LIST" in text
    # Asked for the streams that a gateway serves.
    named["activity_recorded"] = named["find_ticket"] = True
    assert [name for name, is_there in named.items() if not is_there and name != "health"] == []


def test_the_framework_does_not_show(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert "HTTPValidationError" not in text
    assert "fastapi" not in text.lower()
    assert Invalid.status == 400


def test_the_command_prints_the_document_and_checks_a_file(
    document: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-m", "gateway.openapi"]
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    assert json.loads(printed) == document
    file = tmp_path / "openapi.json"
    file.write_bytes(printed)
    assert openapi.main(["--check", str(file)]) == 0
    file.write_bytes(printed.replace(b"Sakina", b"Other"))
    assert openapi.main(["--check", str(file)]) == 1
    assert "not up to date" in capsys.readouterr().out


def test_docs_need_no_internet(stranger: httpx.Client) -> None:
    page = stranger.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "<script>" not in page.text
    links = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(links) == 3
    for link in links:
        asset = stranger.get(link)
        assert asset.status_code == 200
        assert asset.headers["x-content-type-options"] == "nosniff"
        assert asset.headers["content-type"].startswith(("text/css", "text/javascript"))
    assert "/openapi.json" in stranger.get("/docs/assets/start.js").text
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy


def test_an_asset_that_is_none(stranger: httpx.Client) -> None:
    answer = stranger.get("/docs/assets/nothing.js")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_no_two_routes_are_the_same() -> None:
    routes = [
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        for method in route.methods
    ]
    assert len(routes) == len(set(routes))


def test_every_operation_that_refuses_preconditions_says_so(
    document: dict[str, Any], client: httpx.Client
) -> None:
    """What has no tag refuses each, read or changed; a stream passes over them."""
    for method, path, operation in operations(document):
        if path.startswith("/api/"):
            heeds = path != "/api/activity/stream/"
            assert ("412" in operation["responses"]) == heeds, (method, path)
            # Of what has no tag, `If-None-Match: *` is answered so.
            assert ("304" in operation["responses"]) == (heeds and method == "GET"), (method, path)
