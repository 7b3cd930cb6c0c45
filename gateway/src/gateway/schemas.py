"""The JSON Schemas of events, at the addresses that their `dataschema` names."""

import json

from fastapi import FastAPI, Response
from starlette.requests import Request

from contracts.catalogue import EVENTS
from contracts.refusals import NotFound
from contracts.schemas import schema
from gateway.problem import problem

_HEADERS = {"Cache-Control": "public, max-age=3600"}


def mount_schemas(app: FastAPI) -> None:
    """Serve `/schemas/events/<type>.json` for every type of event."""
    schemas = {
        kind.schema_path: json.dumps(schema(kind), ensure_ascii=False).encode()
        for kind in EVENTS.values()
    }

    async def answer(request: Request) -> Response:
        path = request.scope["path"]
        if path not in schemas:
            return problem(NotFound("There is no such type of event."), request.scope)
        return Response(schemas[path], headers=_HEADERS, media_type="application/schema+json")

    app.add_route("/schemas/events/{name}", answer, methods=["GET"], include_in_schema=False)
