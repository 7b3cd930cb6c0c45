"""An answer that is the same for everybody, asked for once in a while whoever comes."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any


class SharedAnswer:
    """Keeps an answer for some seconds; those who come while it is asked for wait for that.

    Args:
        seconds: How old it may be.
    """

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self._until = 0.0
        self._body = b""
        self._asking: asyncio.Task[bytes] | None = None

    async def get(self, ask: Callable[[], Coroutine[Any, Any, bytes]]) -> bytes:
        """Return the answer, by `ask` where none is kept. Raises what it raises; that is not kept.

        Who hangs up ends nobody else's question.
        """
        if time.monotonic() < self._until:
            return self._body
        if self._asking is None:
            self._asking = asyncio.create_task(ask())
            self._asking.add_done_callback(self._keep)
        return await asyncio.shield(self._asking)

    def _keep(self, asked: asyncio.Task[bytes]) -> None:
        self._asking = None
        if not asked.cancelled() and asked.exception() is None:
            self._body, self._until = asked.result(), time.monotonic() + self.seconds
