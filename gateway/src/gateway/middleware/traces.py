"""Gives each request its id, its trace and its deadline."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.trace import CURRENT, begin


class Traced:
    """Takes the id and the trace from the caller where they are sane, and answers the id.

    Args:
        app: The application.
        seconds: How long a request may take.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its trace set."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request_id = traceparent = ""
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                request_id = value.decode("latin-1")
            elif name == b"traceparent":
                traceparent = value.decode("latin-1")
        trace = begin(request_id, traceparent, self._seconds)
        CURRENT.set(trace)
        answered = (b"x-request-id", trace.request_id.encode())

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append(answered)
            await send(message)

        return await self._app(scope, receive, with_id)
