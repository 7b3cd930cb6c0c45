"""What every request leaves behind: a line in the log, and figures for Prometheus."""

import logging
import re
import time
from functools import cache
from http import HTTPStatus

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.address import client_address
from gateway.middleware.headers import Guards
from gateway.middleware.traces import traced
from gateway.problem import asked_path
from gateway.protocol import UNREAD
from gateway.settings import Network
from gateway.trace import Trace
from telemetry.spans import Span

log = logging.getLogger("gateway.access")

REQUESTS = Counter("sakina_gateway_requests_total", "Requests.", ["method", "route", "status"])
SECONDS = Histogram(
    "sakina_gateway_request_seconds",
    "Seconds from a request to its answer.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
)
_LONGEST = 200
_ID = re.compile(r"[0-9]{1,19}")
IS_STREAM = "sakina.stream"
"""Where a request's scope says that its answer has no end: it took as long as it took to begin."""
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"})


class Observed:
    """Gives each request its trace; counts, times and logs it by the template of its route.

    Outermost, and one for all that every answer bears: each layer that sends costs twice.

    Args:
        app: What answers.
        seconds: How long a request may take.
        proxies: Whose word on a client's address is taken into the log.
        https: Whether clients come by https.
        words: Those that our addresses are made of. Any other may be the code of a link, or what
            somebody pasted there, and the log leaves it out.
    """

    def __init__(
        self,
        app: ASGIApp,
        seconds: float,
        proxies: tuple[Network, ...],
        https: bool,
        words: frozenset[str],
    ) -> None:
        self._app = app
        self._seconds = seconds
        self._proxies = proxies
        self._guards = Guards(https)
        self._words = words

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and take note of how it ends."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun = time.perf_counter()
        trace, span = traced(scope, self._seconds)
        status, seconds = 500, 0.0

        async def watched(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                seconds = time.perf_counter() - begun
                status = message["status"]
                self._guards.add(message["headers"])
                message["headers"].append((b"x-request-id", trace.request_id.encode()))
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            if IS_STREAM not in scope:
                seconds = time.perf_counter() - begun
            self._note(scope, trace, status, seconds, span)

    def _note(
        self, scope: Scope, trace: Trace, status: int, seconds: float, span: Span | None
    ) -> None:
        # The template, not the path: ids and guesses would make a series for each.
        # Nor has a method that it does not take a series of each route.
        refused = status == HTTPStatus.METHOD_NOT_ALLOWED
        route = "none" if refused else getattr(scope.get("route"), "path_format", "none")
        # Of what could not be read as a request the method is none that somebody sent.
        was_read = scope["method"] in _METHODS and UNREAD not in scope
        method = scope["method"] if was_read else "other"
        requests, durations = _figures(method, route, status)
        requests.inc()
        durations.observe(seconds)
        if span is not None:
            _end(span, method, route, status)
        if not log.isEnabledFor(logging.INFO):
            return
        identity = scope.get("sakina.identity")
        log.info(
            "request",
            extra={
                "method": method,
                "path": self._told(asked_path(scope), has_ids=route != "none"),
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 2),
                "person": identity.user if identity else None,
                "request_id": trace.request_id,
                "client": client_address(scope, self._proxies) or None,
            },
        )

    def _told(self, path: str, *, has_ids: bool) -> str:
        """Return the words of `path` that are ours, and its numbers where these are ids."""

        def is_told(part: str) -> bool:
            return not part or part in self._words or (has_ids and bool(_ID.fullmatch(part)))

        return "/".join(part if is_told(part) else "-" for part in path[:_LONGEST].split("/"))


def _end(span: Span, method: str, route: str, status: int) -> None:
    about = {"http.request.method": method, "http.route": route}
    span.say({**about, "http.response.status_code": status}, name=f"{method} {route}")
    span.end(str(status) if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None)


@cache
def _figures(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Looked up once: finding a series by its labels costs more than counting in it."""
    return REQUESTS.labels(method, route, status), SECONDS.labels(method, route)
