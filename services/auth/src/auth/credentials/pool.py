"""Passwords hashed beside the event loop, since a hash takes 20 ms of CPU."""

from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

from eventlet import tpool
from eventlet.semaphore import Semaphore
from prometheus_client import Counter, Histogram

from auth.domain.password import Hasher
from chassis.work import context as request
from contracts.refusals import Unavailable
from telemetry.figures import LATENCIES

PATIENCE_SECONDS = 1.0
# For the hash, the commit and the way back: who has less is told while they still listen. On a
# machine so busy that a hash alone takes long, it is this many times as long as one took lately.
RESERVE_SECONDS = 2.0
_RESERVED_HASHES = 3
# In so long a slow hash counts half. By time, or somebody who comes alone would be refused for what
# a machine that has long been quick again once took.
_HALVED_SECONDS = 2.0

_HASHES = Counter("sakina_hashes_total", "Passwords hashed, or sent away.", ["outcome"])
_WAITED = Histogram(
    "sakina_hash_wait_seconds", "Seconds that a password waited for its turn.", buckets=LATENCIES
)

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

    def __init__(self, hasher: Hasher, at_once: int, patience: float | None = None) -> None:
        self._hasher = hasher
        self._patience = PATIENCE_SECONDS if patience is None else patience
        self._turn = Semaphore(at_once)
        self._longest = 0.0
        self._longest_ended = 0.0

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
        asked = monotonic()
        if not self._turn.acquire(timeout=self._patience):
            raise _busy()
        _WAITED.observe(monotonic() - asked)
        try:
            reserve = max(RESERVE_SECONDS, _RESERVED_HASHES * self._expected())
            if request.current().seconds_left < reserve:
                raise _busy()
            began = monotonic()
            answer: Answer = tpool.execute(work, *arguments)
            self._took(monotonic() - began)
            _HASHES.labels("done").inc()
            return answer
        finally:
            self._turn.release()

    def _expected(self) -> float:
        """Return how many seconds a hash may take, by those of before."""
        return float(self._longest * 0.5 ** ((monotonic() - self._longest_ended) / _HALVED_SECONDS))

    def _took(self, seconds: float) -> None:
        if seconds >= self._expected():
            self._longest, self._longest_ended = seconds, monotonic()


def _busy() -> Unavailable:
    _HASHES.labels("busy").inc()
    return Unavailable("Too many passwords wait. Try again in a moment.", retry_after=1)
