"""Bodies that are too long, or that take too long to come."""

import asyncio
import contextlib
import time
from dataclasses import replace

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.problem import Plain, problem
from gateway.trace import CURRENT

SECONDS = 10.0
# What follows a refusal is read and thrown away up to here: closing on a sender that is still
# sending resets the connection, and a proxy in front then answers 502 instead of the refusal.
LINGER_BYTES = 1024 * 1024
LINGER_SECONDS = 2.0


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
        """Pass the request on with its body read, or answer that it is too long or too slow."""
        if scope["type"] != "http" or not (length := _announced(scope)):
            return await self._app(scope, receive, send)
        begun = time.monotonic()
        try:
            async with asyncio.timeout(SECONDS):
                body = None if length > self._limit else await self._read(receive)
        except TimeoutError:
            return await _refuse(408, "The body did not arrive in time.", scope, receive, send)
        if trace := CURRENT.get(None):
            # The services' time begins when the client's has ended.
            CURRENT.set(replace(trace, deadline=trace.deadline + time.monotonic() - begun))
        if body is None:
            detail = f"The body is longer than {self._limit} bytes. Send less."
            return await _refuse(413, detail, scope, receive, send)
        return await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b""
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._limit:
                return None
        return body


def _announced(scope: Scope) -> int:
    """The length that the headers announce; 1 for an unknown one, 0 for no body."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
        if name == b"transfer-encoding":
            return 1
    return 0


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting = True

    async def replayed() -> Message:
        nonlocal waiting
        if waiting:
            waiting = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replayed


async def _refuse(status: int, detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem(Plain(status, detail), scope["path"])
    answer.headers["Connection"] = "close"

    async def lingering(message: Message) -> None:
        if message["type"] == "http.response.body":
            await send({**message, "more_body": True})
            await _throw_away(receive)
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await send(message)

    await answer(scope, receive, lingering)


async def _throw_away(receive: Receive) -> None:
    thrown = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while thrown < LINGER_BYTES:
                message = await receive()
                thrown += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
