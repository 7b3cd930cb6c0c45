"""HEAD wherever GET is (RFC 9110, 9.1)."""

from starlette.types import ASGIApp, Receive, Scope, Send

IS_HEAD = "sakina.head_alone"
"""Where a request's scope says that nobody wants the body, for what an answer of it would do."""


class HeadAsGet:
    """Answers HEAD as GET; the server leaves the body out, and keeps its length in the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, as GET where it is HEAD."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self._app(scope, receive, send)
        # A copy, since the server still reads in its own that nobody wants the body.
        as_get = {**scope, "method": "GET", IS_HEAD: True}
        try:
            await self._app(as_get, receive, send)
        finally:
            scope.update(as_get, method="HEAD")
