"""Passwords hashed beside the event loop, since a hash takes 20 ms of CPU."""

from collections.abc import Callable
from typing import Any, TypeVar

from eventlet import tpool
from eventlet.semaphore import Semaphore

from auth.domain.password import Hasher
from chassis.work import context as request
from contracts.refusals import Unavailable

PATIENCE_SECONDS = 1.0
# For the hash, the commit and the way back: who has less is told while they still listen.
RESERVE_SECONDS = 1.0

Answer = TypeVar("Answer")


class PooledHasher:
    """A hasher whose slow work is done in native threads, a few at once.

    Without the threads heartbeats and all other requests would wait for each hash; without the
    cap a flood of logins would take the machine's memory. Nothing is hashed for a caller who will
    have stopped waiting before they are answered.

    Args:
        hasher: Does the work.
        at_once: How many at once; more wait for their turn.
        patience: Seconds that one may wait for it.
    """

    def __init__(self, hasher: Hasher, at_once: int, patience: float = PATIENCE_SECONDS) -> None:
        self._hasher = hasher
        self._patience = patience
        self._turn = Semaphore(at_once)

    def hash(self, password: str) -> str:
        """Return the encoded hash of `password`."""
        return self._in_thread(self._hasher.hash, password)

    def verify(self, encoded: str | None, password: str) -> bool:
        """Tell whether `encoded` was made of `password`."""
        return self._in_thread(self._hasher.verify, encoded, password)

    def is_outgrown(self, encoded: str) -> bool:
        """Tell whether `encoded` should be made anew."""
        return self._hasher.is_outgrown(encoded)

    def _in_thread(self, work: Callable[..., Answer], *arguments: Any) -> Answer:
        if not self._turn.acquire(timeout=self._patience):
            raise _busy()
        try:
            if request.current().seconds_left < RESERVE_SECONDS:
                raise _busy()
            answer: Answer = tpool.execute(work, *arguments)
            return answer
        finally:
            self._turn.release()


def _busy() -> Unavailable:
    return Unavailable("Too many passwords wait. Try again in a moment.", retry_after=1)
