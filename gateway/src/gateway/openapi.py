"""The OpenAPI document. `python -m gateway.openapi` prints it; with `--check FILE` compares it."""

import sys
from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.routing import BaseRoute

from contracts.fields import LARGEST_ID
from contracts.printed import printed
from gateway.operation import ERRORS, MALFORMED
from gateway.problem import Problem

_ABOUT = """One API for daily practice: meditation sessions and Quran khatmas.

Register, log in, and send the access token as `Authorization: Bearer <access>`. Errors are
`application/problem+json`. Every path works with and without the slash at its end. A query word
that an operation does not know, or that comes twice, is a 400. Moments are in UTC, with
microseconds and `Z`. What has an `ETag` can be changed or deleted on condition that it is still
what you saw: send it as `If-Match`. What happens is announced as [events](/docs/events).

Every mutating request may carry an `Idempotency-Key`, so that it can be repeated safely for a day;
but logging in and out, refreshing and changing the password ignore it, since what they answer is
not kept, and so do setting one's intentions and marking one notification as read, which do the same
again, and getting a ticket, which is another one each time. A link to join is made once for each
key; a repeat is a 409 that names the link, since its code is told only once. Choose a key that
nobody else has, such as a UUID."""

# Clients send the path to where they have the document from, so this is true on every deployment.
_SERVERS = [{"url": "/", "description": "Where this document was read."}]
# No file of the repository grants more; a licence that it is given one day is named here as well.
_LICENSE = {"name": "All rights reserved", "identifier": "LicenseRef-All-rights-reserved"}

_TAGS = [
    {"name": "Accounts", "description": "Registering, logging in and out, one's own profile."},
    {"name": "Meditation", "description": "Sessions, the leaderboard, statistics."},
    {"name": "Khatmas", "description": "Reading the Quran in 30 chapters, alone or together."},
    {"name": "Dashboard", "description": "Everything at a glance."},
    {"name": "Notifications", "description": "Made by what happens, read by people."},
    {"name": "Activity", "description": "What happened, as it was announced, to whom it concerns."},
    {"name": "Webhooks", "description": "The same, sent to addresses of one's own."},
    {"name": "System", "description": "For those who run it."},
]


def describe(app: FastAPI) -> None:
    """Serve the document of `app` at /openapi.json."""
    served: list[bytes] = []

    async def openapi(_: Request) -> Response:
        if not served:
            served.append(orjson.dumps(document(app.routes)))
        return Response(served[0], media_type="application/json")

    app.add_route("/openapi.json", openapi, methods=["GET"], include_in_schema=False)


def document(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """Return the OpenAPI document of `routes`."""
    described = get_openapi(
        title="Sakina",
        version="1.0.0",
        description=_ABOUT,
        routes=routes,
        tags=_TAGS,
        servers=_SERVERS,
        license_info=_LICENSE,
    )
    components = described["components"]
    components["schemas"]["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "ticket": {
            "type": "apiKey",
            "in": "query",
            "name": "ticket",
            "description": "Good once, for a stream; see POST /api/activity/tickets/.",
        },
    }
    for address, path in described["paths"].items():
        for operation in path.values():
            _without_framework_error(operation)
            _with_one_form_of_body(operation)
            _with_bad_request(operation, ERRORS[400] if address.startswith("/api/") else MALFORMED)
            _with_shared_errors(operation)
    components["responses"] = {_shared_name(status): answer for status, answer in ERRORS.items()}
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    return _with_whole_bounds(described)  # type: ignore[no-any-return]


def _without_framework_error(operation: dict[str, Any]) -> None:
    """Bad input is a 400 here; a 422 stays only where an Idempotency-Key can cause it."""
    answer = operation["responses"].get("422", {})
    if "application/json" in answer.get("content", {}):
        del operation["responses"]["422"]


def _with_one_form_of_body(operation: dict[str, Any]) -> None:
    """Who may leave out a body may send null too; said, it makes clients that send nonsense."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        forms = [form for form in content["schema"].pop("anyOf", []) if form != {"type": "null"}]
        if forms:
            (content["schema"],) = forms


def _with_bad_request(operation: dict[str, Any], refusal: dict[str, Any]) -> None:
    """Those of the API refuse query words that they do not know, and all what is no request."""
    operation["responses"] = dict(sorted((operation["responses"] | {"400": refusal}).items()))


def _with_whole_bounds(part: Any) -> Any:
    """Write whole bounds as such: the framework makes floats of them, and 2^63 of int64's last."""
    if isinstance(part, list):
        return [_with_whole_bounds(each) for each in part]
    if not isinstance(part, dict):
        return part
    whole = {name: _with_whole_bounds(value) for name, value in part.items()}
    for name in ("minimum", "maximum"):
        if isinstance(bound := whole.get(name), float) and bound.is_integer():
            whole[name] = min(int(bound), LARGEST_ID)
    return whole


def _with_shared_errors(operation: dict[str, Any]) -> None:
    """Point to one description of each error, which would else be repeated everywhere."""
    answers = operation["responses"]
    for status, answer in answers.items():
        if answer == ERRORS.get(int(status)):
            answers[status] = {"$ref": f"#/components/responses/{_shared_name(int(status))}"}


def _shared_name(status: int) -> str:
    return f"Problem{status}"


def main(arguments: list[str]) -> int:
    """Print the document, or with `--check FILE` say whether FILE still holds it."""
    from gateway.routes import ROUTERS  # noqa: PLC0415 - only the command needs every route

    routes = [route for router in ROUTERS for route in router.routes]
    text = orjson.dumps(document(routes), option=orjson.OPT_INDENT_2) + b"\n"
    return printed(text, "gateway.openapi", arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
