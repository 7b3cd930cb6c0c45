"""The OpenAPI document. `python -m gateway.openapi` prints it; with `--check FILE` compares it."""

from typing import Any

import orjson
from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request

from gateway.problem import Problem

_ABOUT = """One API for daily practice: meditation sessions and Quran khatmas.

Register, log in, and send the access token as `Authorization: Bearer <access>`. Errors are
`application/problem+json`. Every path works with and without the slash at its end. Every
mutating request may carry an `Idempotency-Key`, so that it can be repeated safely."""

_TAGS = [
    {"name": "Accounts", "description": "Registering, logging in and out, one's own profile."},
    {"name": "Meditation", "description": "Sessions, the leaderboard, statistics."},
    {"name": "Khatmas", "description": "Reading the Quran in 30 chapters, alone or together."},
    {"name": "Dashboard", "description": "Everything at a glance."},
    {"name": "Notifications", "description": "Made by what happens, read by people."},
    {"name": "System", "description": "For those who run it."},
]


def describe(app: FastAPI) -> None:
    """Serve the document of `app` at /openapi.json."""
    served: list[bytes] = []

    async def openapi(_: Request) -> Response:
        if not served:
            served.append(orjson.dumps(document(app)))
        return Response(served[0], media_type="application/json")

    app.add_route("/openapi.json", openapi, methods=["GET"], include_in_schema=False)


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of `app`."""
    described = get_openapi(
        title="Sakina", version="1.0.0", description=_ABOUT, routes=app.routes, tags=_TAGS
    )
    components = described["components"]
    components["schemas"]["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    for path in described["paths"].values():
        for operation in path.values():
            _without_framework_error(operation)
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    return described


def _without_framework_error(operation: dict[str, Any]) -> None:
    """Bad input is a 400 here; a 422 stays only where an Idempotency-Key can cause it."""
    answer = operation["responses"].get("422", {})
    if "application/json" in answer.get("content", {}):
        del operation["responses"]["422"]
