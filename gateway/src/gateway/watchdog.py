"""Ends the gateway where its event loop no longer turns, so that whoever minds it starts another.

A call that blocks the loop stops every request, and the process lives on. The interpreter's own
watchdog, `faulthandler`, waits in a native thread that needs neither the loop nor the interpreter's
lock. Where it is not fed in time it writes to standard error what each thread was at, and exits
with 1.
"""

import asyncio
import faulthandler
import time

from starlette.types import ASGIApp, Receive, Scope, Send

from telemetry.figures import LOOP_LAG

MEALS = 6
"""How often it is fed within its patience."""


class Watched:
    """Watches over the loop that `app` runs on, from its start to its end.

    Args:
        app: The application.
        seconds: How long the loop may stand still; 0 means for ever.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what comes; the server's `lifespan` lasts as long as it does."""
        if scope["type"] != "lifespan" or not self._seconds:
            await self._app(scope, receive, send)
            return
        feeding = asyncio.ensure_future(self._feed())
        try:
            await self._app(scope, receive, send)
        finally:
            feeding.cancel()
            faulthandler.cancel_dump_traceback_later()

    async def _feed(self) -> None:
        while True:
            faulthandler.dump_traceback_later(self._seconds, exit=True)
            slept = time.monotonic()
            await asyncio.sleep(self._seconds / MEALS)
            LOOP_LAG.set(time.monotonic() - slept - self._seconds / MEALS)
