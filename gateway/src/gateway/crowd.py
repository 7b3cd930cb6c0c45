"""How many calls may await their answer at once: in all, of each service, and slow ones."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from contracts.refusals import Unavailable
from contracts.rpc import RpcMethod
from gateway.limit import AdaptiveLimit

_TOO_MANY = "Too many requests at once. Try again soon."


class Full(Unavailable):
    """Refused here, without asking the service; `code` is what the metrics call it.

    Args:
        detail: As of any refusal.
        reason: What is full, for the metrics: `all_full`, `service_full`, `slow_full`,
            `streams_full`, `past_full`.
        retry_after: As of any refusal.
    """

    code = "full"

    def __init__(self, detail: str, *, reason: str, retry_after: int) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Caps:
    """How many calls of one gateway may be under way.

    Attributes:
        all: Together.
        each: Of each service: what one that has become slow does not answer leaves room for calls
            of the others.
        slow: Of slow methods of each service, which so leave room for its quick ones.
    """

    all: int
    each: int
    slow: int


class Crowd:
    """Counts the calls that are under way, and refuses one too many at once."""

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._of: Counter[str] = Counter()
        self._slow_of: defaultdict[str, AdaptiveLimit] = defaultdict(
            partial(AdaptiveLimit, caps.slow)
        )

    @contextmanager
    def joined(self, method: RpcMethod[Any]) -> Iterator[None]:
        """Count a call of `method` for the length of the block.

        Raises:
            Full: There are too many; the caller may come back when there is likely to be room.
            Unavailable: It came out of the block. After a slow call, since the service had no room
                for it or is away, less are let through.
        """
        service = method.service
        if self._of.total() >= self._caps.all:
            raise Full(_TOO_MANY, reason="all_full", retry_after=1)
        if self._of[service] >= self._caps.each:
            raise Full(_TOO_MANY, reason="service_full", retry_after=1)
        if method.slow and not (limit := self._slow_of[service]).has_room:
            raise Full(
                "Too many ask for this at once. Try again soon.",
                reason="slow_full",
                retry_after=limit.retry_after(),
            )
        self._of[service] += 1
        try:
            if method.slow:
                with _slowly(limit):
                    yield
            else:
                yield
        finally:
            self._of[service] -= 1


@contextmanager
def _slowly(limit: AdaptiveLimit) -> Iterator[None]:
    """Count a slow call for the length of the block, and learn from how it ends."""
    began, answered = limit.begin(), True
    try:
        yield
    except Unavailable as refusal:
        answered = False
        limit.refused_there(began)
        refusal.retry_after = max(refusal.retry_after or 1, limit.retry_after())
        raise
    finally:
        limit.end(began, answered=answered)
