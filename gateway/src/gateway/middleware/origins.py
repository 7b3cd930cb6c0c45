"""Browsers' pages of other origins (CORS): what they may send, and what they may read."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.head import head_of
from gateway.middleware.heads import unsound
from gateway.problem import Plain, problem
from gateway.protocol import METHODS

_READ_HERE = (
    "Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id",
    "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since",
    "Last-Event-ID",
)  # fmt: skip
# What browsers' tracing and HTTP libraries add to every request of theirs.
_TRAVEL_ALONG = (
    "traceparent",
    "tracestate",
    "baggage",
    "X-Requested-With",
    "Cache-Control",
    "Pragma",
)
_READABLE = (
    "Allow", "Content-Location", "ETag", "Last-Modified", "Location", "Retry-After",
    "WWW-Authenticate", "X-Request-Id",
)  # fmt: skip
DAY_SECONDS = 86_400
_ASKED = "access-control-request-headers"


class CrossOrigin(CORSMiddleware):
    """Lets pages of the given origins in, without cookies, and refuses others in our own form."""

    def __init__(self, app: ASGIApp, origins: list[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=(*_READ_HERE, *_TRAVEL_ALONG),
            expose_headers=_READABLE,
            max_age=DAY_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or pass the request on and say who may read its answer."""
        if scope["type"] != "http" or b"origin" not in head_of(scope):
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        if not _is_preflight(scope, headers) or unsound(scope):
            return await self.simple_response(scope, receive, send, request_headers=headers)
        answer = self.preflight_response(request_headers=_without_empty(headers))
        if answer.status_code != 200:
            answer = self._refused(answer, scope)
        return await answer(scope, receive, send)

    def _refused(self, plain: Response, scope: Scope) -> Response:
        """Return `plain`, which the middleware would answer, as a problem that says what passes."""
        what = bytes(plain.body).decode().removeprefix("Disallowed CORS ")
        answer = problem(
            Plain(
                400,
                f"A page may not send that, by its {what}. See Access-Control-Allow-Methods, "
                "Access-Control-Allow-Headers and the origins that this server is set to allow.",
            ),
            scope,
        )
        own = MutableHeaders(raw=plain.raw_headers)
        answer.headers.update(
            {name: value for name, value in own.items() if not name.startswith("content-")}
        )
        return answer


def _without_empty(headers: Headers) -> Headers:
    """Leave the empty elements out of what a page asks to send (RFC 9110, 5.6.1)."""
    asked = headers.get(_ASKED, "").split(",")
    named = ",".join(filter(None, map(str.strip, asked)))
    kept = [pair for pair in headers.raw if pair[0] != _ASKED.encode()]
    return Headers(raw=[*kept, (_ASKED.encode(), named.encode("latin-1"))] if named else kept)


def _is_preflight(scope: Scope, headers: Headers) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in headers
