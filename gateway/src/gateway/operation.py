"""How an operation is described: one line at its route, all the rest derived."""

from collections.abc import Sequence
from typing import Any

from contracts.refusals import (
    Conflict,
    Invalid,
    KeyReused,
    Late,
    PreconditionFailed,
    Refusal,
    Unauthenticated,
    Unavailable,
    Unexpected,
)
from contracts.rpc import RpcMethod
from gateway.idempotency import LONGEST_KEY
from gateway.preconditions import IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE
from gateway.problem import MEDIA_TYPE

Methods = Sequence[RpcMethod[Any]]

PROBLEM = {"$ref": "#/components/schemas/Problem"}
SECURITY: list[dict[str, list[str]]] = [{"bearer": []}]

_CREATED, _NO_CONTENT = 201, 204
_MEANINGS = {
    400: "A field, or a word of the query, is wrong; `errors` names it.",
    401: "The access token is missing or not good.",
    403: "Known, but not yours to do this with.",
    404: "Not there, or not yours to know of.",
    409: "The state of things does not allow it, or the first request is still in flight.",
    412: "It is not what the precondition expects, or has no ETag; nothing was changed.",
    413: "The body is longer than 64 KiB.",
    422: "The Idempotency-Key came before with another body.",
    429: "Too many tries; Retry-After says when to come back.",
    500: "Something failed; nothing says why but the log.",
    503: "A service is down, or had no time to begin; Retry-After says when to try again.",
    504: "A service did not answer in time: it may have done it, or not.",
}
RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
_CHALLENGE = {"WWW-Authenticate": {"schema": {"type": "string"}}}
_HEADERS: dict[int, Any] = {401: _CHALLENGE, 429: RETRY_AFTER, 503: RETRY_AFTER}

_TAGS = {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$'}
_HTTP_DATE = {"type": "string", "examples": ["Sun, 01 Mar 2026 08:00:00 GMT"]}
_ETAG = {
    "ETag": {
        "schema": {"type": "string"},
        "description": "Of what you see: it changes with each byte of the answer.",
    }
}
_LOCATION = {
    "Location": {"schema": {"type": "string"}, "description": "The path of what was made."}
}


def _header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": schema,
    }


_IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    "For 24 hours a repeated request is not carried out again: it answers what the first one did, "
    "or a 409 where that is kept nowhere.",
    {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_KEY,
        "pattern": r"^[!-~]([ -~]*[!-~])?$",
    },
)
_IF_MATCH = _header(
    IF_MATCH, "Entity tags as they came in ETag, or `*`: do it only if one is that of now.", _TAGS
)
_IF_UNMODIFIED_SINCE = _header(
    IF_UNMODIFIED_SINCE, "Do it only if nothing changed since; If-Match is exact.", _HTTP_DATE
)
_IF_NONE_MATCH = _header(
    IF_NONE_MATCH, "Entity tags that you have: 304 if one is still that of now.", _TAGS
)
_SOMETHING_THERE = {"description": "There is something, which is all that `If-None-Match: *` asks."}
_NOT_MODIFIED = {"description": "You have it already.", "headers": _ETAG}


def says(
    summary: str,
    *methods: RpcMethod[Any],
    answers: Any = None,
    status: int = 200,
    example: Any = None,
    query: bool = False,
    open: bool = False,
    tagged: bool = False,
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
        tagged: Whether it answers a resource that has an ETag.
    """
    keyed = any(method.writes and method.is_once for method in methods)
    only_reads = bool(methods) and not any(method.writes for method in methods)
    kinds = _refusals(methods, open=open, keyed=keyed)
    kinds |= {Invalid} if query or keyed or example is not None else set()
    statuses = {kind.status for kind in kinds} | ({413} if example is not None else set())
    model = answers if answers is not None or not methods else methods[0].answer
    extra: dict[str, Any] = {"security": [] if open else SECURITY}
    if parameters := _headers_of(methods, keyed=keyed, shown=tagged and only_reads):
        extra["parameters"] = parameters
    if example is not None:
        extra["requestBody"] = {"content": {"application/json": {"example": example}}}
    headers = (_LOCATION if status == _CREATED else {}) | (_ETAG if tagged else {})
    answers_with: dict[int, Any] = {status: {"headers": headers}} if headers else {}
    if only_reads:
        answers_with[304] = _NOT_MODIFIED if tagged else _SOMETHING_THERE
    return {
        "summary": summary,
        "status_code": status,
        "response_model": None if status == _NO_CONTENT else model,
        "responses": answers_with | {status: ERRORS[status] for status in sorted(statuses)},
        "openapi_extra": extra,
    }


def _refusals(methods: Methods, *, open: bool, keyed: bool) -> set[type[Refusal]]:
    """Return what an operation that asks `methods` may refuse, whatever it is sent."""
    kinds: set[type[Refusal]] = {Unavailable, Late, Unexpected} if methods else set()
    kinds |= {kind for method in methods for kind in method.refusals}
    kinds |= set() if open else {Unauthenticated}
    kinds |= {Conflict, KeyReused} if keyed else set()
    # What has no tag refuses every precondition but `*`, read or changed.
    kinds |= {PreconditionFailed} if methods else set()
    return kinds


def _headers_of(methods: Methods, *, keyed: bool, shown: bool) -> list[dict[str, Any]]:
    """Return the headers that an operation takes; `shown` is what answers a tag."""
    changes = any(PreconditionFailed in method.refusals for method in methods)
    headers = [_IDEMPOTENCY_KEY] if keyed else []
    headers += [_IF_MATCH, _IF_UNMODIFIED_SINCE] if changes or shown else []
    headers += [_IF_NONE_MATCH] if shown else []
    return headers


ERRORS: dict[int, dict[str, Any]] = {
    status: {
        "description": meaning,
        "content": {MEDIA_TYPE: {"schema": PROBLEM}},
        **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
    }
    for status, meaning in _MEANINGS.items()
}
"""The descriptions of all error answers, by status."""

MALFORMED = ERRORS[400] | {"description": "Not a sound request, such as one with two Hosts."}
"""The refusal that an operation without a query has too."""
