"""What goes back to the client: the JSON of a service as it came, or a part of it."""

import re
from typing import Any

import orjson
from starlette.responses import Response

_JSON = "application/json"
_ID = re.compile(rb'\{"id":([0-9]+)[,}]')


def ok(body: bytes, status: int = 200) -> Response:
    """Return `body`, which is JSON, as the answer."""
    return Response(body, status, media_type=_JSON)


def created(body: bytes, location: str) -> Response:
    """Return `body`, which is the JSON of what was just made.

    Args:
        body: The answer.
        location: The path at which its maker finds it (RFC 9110, section 15.3.2); `{id}` in it
            stands for the id that the answer begins with.
    """
    # Services write the id first, so nothing needs to be parsed.
    named = _ID.match(body)
    if "{id}" in location and named is None:
        return ok(body, 201)
    path = location.replace("{id}", named[1].decode()) if named else location
    return Response(body, 201, {"Location": path}, _JSON)


def gone() -> Response:
    """Return the answer that says that it is done and there is nothing to show."""
    return Response(status_code=204)


def composed(document: dict[str, Any], status: int = 200) -> Response:
    """Return a document that the gateway put together."""
    return Response(orjson.dumps(document), status, media_type=_JSON)
