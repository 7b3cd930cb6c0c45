"""What goes on beside the requests for as long as the process lives.

The gateway would look alive without it and let nobody in. So no failure ends it: it is logged, and
the work begins anew. Should a task end all the same, the process does, and is started again by
whoever watches over it.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0

Work = Callable[[], Awaitable[None]]


class Background:
    """One group of tasks. Used as an asynchronous context: it ends with the context."""

    def __init__(self, **works: Work) -> None:
        self._works = works
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> None:
        self._tasks = [
            asyncio.create_task(_kept_up(name, work), name=name)
            for name, work in self._works.items()
        ]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    async def __aexit__(self, *_: object) -> None:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task not in self._tasks:
            return
        why = None if task.cancelled() else task.exception()
        log.critical(
            "background work ended, and so does the process",
            extra={"work": task.get_name()},
            exc_info=why,
        )
        signal.raise_signal(signal.SIGTERM)


async def _kept_up(name: str, work: Work) -> None:
    while True:
        try:
            await work()
        except Exception:
            log.exception("background work failed, beginning anew", extra={"work": name})
        await asyncio.sleep(AGAIN_SECONDS)
