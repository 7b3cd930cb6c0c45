"""The answer to a request for a stream, from its head to its end."""

import asyncio
import logging

from starlette.types import Message, Receive, Scope, Send

from contracts.refusals import Refusal, Unauthenticated, Unavailable
from gateway.cursors import cursor
from gateway.middleware.observed import IS_STREAM
from gateway.middleware.reading import IS_HEAD
from gateway.parts import Parts
from gateway.preconditions import Unconditional
from gateway.problem import problem
from gateway.streams.endings import FAILED, RETRY_MS, SESSION_ENDED, TOO_SLOW
from gateway.streams.past import Page
from gateway.streams.stream import Stream
from gateway.streams.text import MEDIA_TYPE, opening
from gateway.streams.wire import CONNECTION, Wire
from gateway.tokens import Identity
from gateway.trace import CURRENT, begin

log = logging.getLogger(__name__)

DRAIN_SECONDS = 30.0
AGAIN_SECONDS = 1.0
_SERVICES_FAULT = 500
_HEADERS = {
    # Neither kept nor compressed on its way, which would hold back what is said.
    "Cache-Control": "no-cache, no-store, no-transform",
    # nginx and what follows it pass each event on at once.
    "X-Accel-Buffering": "no",
    "Connection": "close",
}


class StreamAnswer(Unconditional):
    """Tells one reader what happens, until either of them ends.

    Args:
        parts: The gateway's.
        identity: Whose stream it is.
        after: The place that it goes on from; None for that of now.
        types: The wire names of events that they chose; None for all.
    """

    def __init__(
        self, parts: Parts, identity: Identity, after: int | None, types: frozenset[str] | None
    ) -> None:
        super().__init__(headers=_HEADERS, media_type=MEDIA_TYPE)
        del self.headers["content-length"]
        self._parts = parts
        self._identity = identity
        self._after = after
        self._types = types

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open the stream and stay until it ends, or answer why it is not opened."""
        if IS_HEAD in scope:
            await self._say_head(scope, receive, send)
            return
        wire = Wire(*scope[CONNECTION])
        try:
            self._parts.live.check()
            stream = self._parts.hub.open(self._identity, self._types, wire)
        except Refusal as refusal:
            wire.leave()
            await problem(refusal, scope)(scope, receive, send)
            return
        if wire.is_over:
            # Who asked has gone meanwhile, and will not go again.
            stream.cancel()
            return
        try:
            try:
                # Asked again: it may have ended before there was a stream to end with it.
                self._parts.revoked.check(self._identity)
                await self._parts.live.hear()
                first = await self._page(self._after)
                self._parts.revoked.check(self._identity)
                _refuse_ended(stream)
            except Refusal as refusal:
                stream.cancel()
                await problem(refusal, scope)(scope, receive, send)
                return
            scope[IS_STREAM] = True
            await wire.open(self._head(), send)
            await self._tell(stream, first)
        except Exception:
            log.exception("a stream failed")
            stream.end(FAILED)
        finally:
            stream.end(FAILED)

    async def _say_head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say what a stream would begin with, or why it would not; nothing is opened."""
        try:
            self._parts.live.check()
            await self._page(self._after)
        except Refusal as refusal:
            await problem(refusal, scope)(scope, receive, send)
            return
        await send(self._head())
        await send({"type": "http.response.body", "body": b""})

    async def _tell(self, stream: Stream, first: Page) -> None:
        start = first.upto if self._after is None else self._after
        stream.wire.write(opening(RETRY_MS, cursor(start, self._identity.user)))
        stream.read(first)
        while not (stream.following.is_live or stream.ended.done()):
            await self._read_on(stream)
        await stream.ended

    async def _read_on(self, stream: Stream) -> None:
        """Tell one more page of the past, once the reader has taken what was told before."""
        if not await stream.wire.drained(DRAIN_SECONDS):
            stream.end(TOO_SLOW)
            return
        trace = CURRENT.get()
        CURRENT.set(
            begin(trace.request_id, trace.traceparent, self._parts.settings.deadline_seconds)
        )
        try:
            page = await self._page(stream.following.position)
        except Refusal as refusal:
            if isinstance(refusal, Unauthenticated):
                stream.end(SESSION_ENDED)
            elif refusal.status < _SERVICES_FAULT:
                stream.end(FAILED)
            else:
                await asyncio.sleep(AGAIN_SECONDS)
            return
        stream.read(page)

    async def _page(self, after: int | None) -> Page:
        known = self._parts.hub.position
        page = await self._parts.past.page(self._identity, after, self._types)
        if known is not None and page.recorded < known:
            # It was told of more before this was asked.
            self._parts.hub.begin_anew()
        self._parts.live.begin(page.recorded)
        return page

    def _head(self) -> Message:
        return {"type": "http.response.start", "status": 200, "headers": self.raw_headers}


def _refuse_ended(stream: Stream) -> None:
    """Refuse a stream that ended while its first page was read: its answer has not begun."""
    if stream.ended.done():
        raise Unavailable("The stream ended before it began. Open it anew.", retry_after=1)
