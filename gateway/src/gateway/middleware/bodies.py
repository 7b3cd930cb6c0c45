"""Bodies that are too long, that take too long to come, that break off, or that are encoded."""

import asyncio
import time
from dataclasses import replace

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.refusals import Refusal
from gateway.head import head_of
from gateway.problem import Plain, closing_problem, problem
from gateway.protocol import REFUSAL
from gateway.streams.wire import CONNECTION
from gateway.trace import CURRENT

SECONDS = 10.0


class BoundedBodies:
    """Reads the whole body, whether its length is announced or not, before anything is done.

    Args:
        app: The application.
        limit: Bytes; a longer body is a 413.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body read, or answer what is wrong with the body."""
        if scope["type"] != "http" or not (length := _announced(scope)):
            return await self._app(scope, receive, send)
        read = self._read if _has_come(scope) else self._await
        try:
            body = await read(length, scope, receive)
        except Refusal as refusal:
            return await closing_problem(refusal, scope)(scope, receive, send)
        if body and _is_encoded(scope):
            encoded = Plain(415, "Send the body as it is, without Content-Encoding.")
            answer = problem(encoded, scope)
            answer.headers["Accept-Encoding"] = "identity"
            return await answer(scope, receive, send)
        return await self._app(scope, _replay(body, receive), send)

    async def _await(self, length: int, scope: Scope, receive: Receive) -> bytes:
        """Return the body, for which the client has a time of its own, as `_read` does."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(SECONDS):
                body = await self._read(length, scope, receive)
        except TimeoutError:
            raise Plain(408, "The body did not arrive in time.") from None
        if trace := CURRENT.get(None):
            # The services' time begins when the client's has ended.
            CURRENT.set(replace(trace, deadline=trace.deadline + time.monotonic() - begun))
        return body

    async def _read(self, length: int, scope: Scope, receive: Receive) -> bytes:
        """Return the body. Raises Refusal for one that is too long or does not come whole."""
        body, more = b"", length <= self._limit
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Plain(400, "The body broke off. Send all of it.")
            if REFUSAL in scope:
                raise scope[REFUSAL]
            body += message.get("body", b"")
            more = message.get("more_body", False) and len(body) <= self._limit
        if max(length, len(body)) > self._limit:
            raise Plain(413, f"The body is longer than {self._limit} bytes. Send less.")
        return body


def _announced(scope: Scope) -> int:
    """The length that the headers announce; 1 for an unknown one, 0 for no body."""
    head = head_of(scope)
    length = head.get(b"content-length", b"")
    if length.isdigit():
        return int(length[:20])
    return 1 if b"transfer-encoding" in head else 0


def _has_come(scope: Scope) -> bool:
    """Whether the body came with its head, as most do: then nothing is to be waited for."""
    connection = scope.get(CONNECTION)
    return connection is not None and not connection[1].more_body


def _is_encoded(scope: Scope) -> bool:
    """Whether Content-Encoding says that the body is anything but itself (RFC 9110, 8.4)."""
    return any(
        coding.strip().lower() not in (b"", b"identity")
        for name, value in scope["headers"]
        if name == b"content-encoding"
        for coding in value.split(b",")
    )


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting = True

    async def replayed() -> Message:
        nonlocal waiting
        if waiting:
            waiting = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed
