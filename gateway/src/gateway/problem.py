"""Errors as RFC 9457 says: application/problem+json, for every one of them."""

import math
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from prometheus_client import Counter
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from contracts.refusals import NotFound, Refusal, Unauthenticated, Unexpected

MEDIA_TYPE = "application/problem+json"
# A % that encodes nothing, and what no address may hold as it is (RFC 3986, section 3.3).
_NOT_IN_PATH = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~!$&'()*+,;=:@/%-]")
REFUSALS = Counter(
    "sakina_gateway_refusals_total",
    "Requests refused: by a refusal's code, by what is full, or by the name of the status.",
    ["reason"],
)
_TRY_AGAIN = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class Problem(BaseModel):
    """What went wrong, and what to do about it (RFC 9457)."""

    type: str = Field(description="What kind of problem; always `about:blank`: see `status`.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What to do, in a sentence.")
    message: str = Field(description="The same as `detail`, for clients that look for it here.")
    instance: str = Field(description="The path that was asked for.")
    errors: dict[str, list[str]] | None = Field(
        default=None, description="For a 400: messages by the name of the field."
    )


def problem(refusal: Refusal, scope: Scope) -> Response:
    """Return the answer that tells the client who sent the request of `scope` of `refusal`.

    It is counted by why.
    """
    REFUSALS.labels(getattr(refusal, "reason", refusal.code)).inc()
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "message": refusal.detail,
        "instance": asked_path(scope),
    }
    if refusal.errors:
        document["errors"] = refusal.errors
    headers = {}
    if refusal.retry_after is not None or refusal.status in _TRY_AGAIN:
        headers["Retry-After"] = str(max(1, math.ceil(refusal.retry_after or 1)))
    if isinstance(refusal, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return Response(orjson.dumps(document), refusal.status, headers, MEDIA_TYPE)


def asked_path(scope: Scope) -> str:
    """Return the path as it was sent, whatever it stands for."""
    raw: bytes = scope["raw_path"]
    return _NOT_IN_PATH.sub(lambda found: quote(found[0], "", "latin-1"), raw.decode("latin-1"))


def closing_problem(refusal: Refusal, scope: Scope) -> Response:
    """Return the same, after which nothing is read on the connection."""
    answer = problem(refusal, scope)
    answer.headers["Connection"] = "close"
    return answer


class Plain(Refusal):
    """A refusal of the gateway's own that no service gives."""

    def __init__(self, status: int, detail: str, **kwargs: Any) -> None:
        super().__init__(detail, **kwargs)
        self.status = status  # type: ignore[misc]
        self.reason = HTTPStatus(status).name.lower()
        self.title = HTTPStatus(status).phrase  # type: ignore[misc]


def nowhere() -> NotFound:
    """Return the refusal of an address at which there is nothing."""
    return NotFound("There is nothing at this address. The addresses are listed at /docs.")


async def on_refusal(request: Request, error: Exception) -> Response:
    """Answer a refusal, of a service or of the gateway."""
    assert isinstance(error, Refusal)  # noqa: S101
    return problem(error, request.scope)


async def on_http(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)  # noqa: S101
    scope = request.scope
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem(nowhere(), scope)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer = problem(
            Plain(405, "This address does not take this method. See the header Allow."), scope
        )
        answer.headers["Allow"] = request.app.state.allowed(scope)
        return answer
    return problem(Plain(error.status_code, "The request cannot be understood."), scope)


async def on_failure(request: Request, _: Exception | None) -> Response:
    """Answer a failure of the gateway itself, saying nothing of why."""
    return problem(
        Unexpected("Something failed here. Try again; the failure is in the log."),
        request.scope,
    )
