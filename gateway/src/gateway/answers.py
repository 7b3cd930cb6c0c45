"""What goes back to the client: the JSON of a service as it came, or a part of it."""

from typing import Any

import orjson
from starlette.responses import Response

_JSON = "application/json"


def ok(body: bytes, status: int = 200) -> Response:
    """Return `body`, which is JSON, as the answer."""
    return Response(body, status, media_type=_JSON)


def created(body: bytes) -> Response:
    """Return `body`, which is the JSON of what was just made."""
    return Response(body, 201, media_type=_JSON)


def gone() -> Response:
    """Return the answer that says that it is done and there is nothing to show."""
    return Response(status_code=204)


def composed(document: dict[str, Any], status: int = 200) -> Response:
    """Return a document that the gateway put together."""
    return Response(orjson.dumps(document), status, media_type=_JSON)
