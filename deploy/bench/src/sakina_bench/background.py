"""A loop in a thread of its own, for those who listen while something else is measured."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")
PATIENCE_SECONDS = 60.0


class Run(Protocol):
    """Runs something in the loop, and returns what it returns."""

    def __call__(self, work: Coroutine[Any, Any, Result], /) -> Result:
        """Raise TimeoutError where it takes too long."""


@contextmanager
def background() -> Iterator[Run]:
    """Have such a loop; what is connected in it is cut off when the context ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Coroutine[Any, Any, Result], /) -> Result:
        return asyncio.run_coroutine_threadsafe(work, loop).result(PATIENCE_SECONDS)

    try:
        yield run
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
