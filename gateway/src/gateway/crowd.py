"""How many calls may await their answer at once: in all, of each service, and slow ones."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from contracts.refusals import Unavailable
from contracts.rpc import RpcMethod

# Spread, so that those who were refused together do not come back together.
RETRY_SECONDS = 1, 3


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
        self._slow_of: Counter[str] = Counter()

    @contextmanager
    def joined(self, method: RpcMethod[Any]) -> Iterator[None]:
        """Count a call of `method` for the length of the block.

        Raises:
            Unavailable: There are too many; the caller may come back in a second or three.
        """
        service, slow = method.service, method.slow
        if self._of.total() >= self._caps.all or self._of[service] >= self._caps.each:
            raise Unavailable("Too many requests at once. Try again soon.", retry_after=1)
        if slow and self._slow_of[service] >= self._caps.slow:
            raise Unavailable(
                "Too many ask for this at once. Try again soon.",
                retry_after=random.randint(*RETRY_SECONDS),  # noqa: S311 - no secret
            )
        self._of[service] += 1
        self._slow_of[service] += slow
        try:
            yield
        finally:
            self._of[service] -= 1
            self._slow_of[service] -= slow
