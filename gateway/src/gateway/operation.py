"""How an operation is described: one line at its route, all the rest derived."""

from typing import Any

from contracts.refusals import (
    Conflict,
    Invalid,
    KeyReused,
    Late,
    Refusal,
    Unauthenticated,
    Unavailable,
    Unexpected,
)
from contracts.rpc import RpcMethod
from gateway.idempotency import LONGEST_KEY
from gateway.problem import MEDIA_TYPE

PROBLEM = {"$ref": "#/components/schemas/Problem"}
SECURITY: list[dict[str, list[str]]] = [{"bearer": []}]

_NO_CONTENT = 204
_MEANINGS = {
    400: "A field is wrong; `errors` names it.",
    401: "The access token is missing or not good.",
    403: "Known, but not yours to do this with.",
    404: "Not there, or not yours to know of.",
    409: "The state of things does not allow it, or the first request is still in flight.",
    413: "The body is longer than 64 KiB.",
    422: "The Idempotency-Key came before with another body.",
    429: "Too many tries; Retry-After says when to come back.",
    500: "Something failed; nothing says why but the log.",
    503: "A service is down; Retry-After says when to try again.",
    504: "A service did not answer in time.",
}
_RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
_CHALLENGE = {"WWW-Authenticate": {"schema": {"type": "string"}}}
_HEADERS: dict[int, Any] = {401: _CHALLENGE, 429: _RETRY_AFTER, 503: _RETRY_AFTER}

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a repeated request answer what the first one did, for 24 hours.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_KEY,
        "pattern": r"^[!-~]([ -~]*[!-~])?$",
    },
}


def says(
    summary: str,
    *methods: RpcMethod[Any],
    answers: Any = None,
    status: int = 200,
    example: Any = None,
    query: bool = False,
    open: bool = False,
) -> dict[str, Any]:
    """Return the description of an operation, as keyword arguments of a route.

    Args:
        summary: A few words.
        methods: The RPC methods that it asks; their refusals are its errors.
        answers: The model of the answer; that of the first method where nothing is said.
        status: The status of success.
        example: A body that works.
        query: Whether it takes query parameters.
        open: Whether it needs no token.
    """
    keyed = any(method.writes and method.keeps_result for method in methods)
    kinds: set[type[Refusal]] = {Unavailable, Late, Unexpected} if methods else set()
    kinds |= {kind for method in methods for kind in method.refusals}
    kinds |= {Invalid} if query or keyed or example is not None else set()
    kinds |= set() if open else {Unauthenticated}
    kinds |= {Conflict, KeyReused} if keyed else set()
    statuses = {kind.status for kind in kinds} | ({413} if example is not None else set())
    model = answers if answers is not None or not methods else methods[0].answer
    extra: dict[str, Any] = {} if open else {"security": SECURITY}
    if keyed:
        extra["parameters"] = [_IDEMPOTENCY_KEY]
    if example is not None:
        extra["requestBody"] = {"content": {"application/json": {"example": example}}}
    return {
        "summary": summary,
        "status_code": status,
        "response_model": None if status == _NO_CONTENT else model,
        "responses": {status: ERRORS[status] for status in sorted(statuses)},
        "openapi_extra": extra,
    }


ERRORS: dict[int, dict[str, Any]] = {
    status: {
        "description": meaning,
        "content": {MEDIA_TYPE: {"schema": PROBLEM}},
        **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
    }
    for status, meaning in _MEANINGS.items()
}
"""The descriptions of all error answers, by status."""
