"""How slow requests share a service with quick ones."""

from collections import deque
from collections.abc import Callable
from time import monotonic

PATIENCE_SECONDS = 1.5

Step = Callable[[], None]


class SlowLane:
    """Lets slow requests have half of the workers at most, and as many as there are workers wait.

    More are refused: one that waits counts against the prefetch, and a consumer with nothing but
    slow requests in hand would be sent no quick one. With a prefetch of twice the workers, quick
    requests are always sent and find a worker, however many slow ones there are.

    Args:
        workers: How many the service has.
        patience: Seconds after which one that still waits is refused too: while its caller is
            there to be told, and to come back.
    """

    def __init__(self, workers: int, patience: float | None = None) -> None:
        self._at_once = max(1, workers // 2)
        self._room = workers
        self._patience = PATIENCE_SECONDS if patience is None else patience
        self._at_work = 0
        self._waiting: deque[tuple[float, Step, Step]] = deque()

    def enter(self, start: Step, refuse: Step) -> None:
        """Call `start` now, or when it is its turn, or `refuse` where that would be too late."""
        if self._at_work < self._at_once:
            self._at_work += 1
            start()
        elif len(self._waiting) < self._room:
            self._waiting.append((monotonic() + self._patience, start, refuse))
        else:
            refuse()

    def leave(self) -> Step | None:
        """Note that one is done; return how to start the next, which takes its place."""
        while self._waiting:
            until, start, refuse = self._waiting.popleft()
            if monotonic() <= until:
                return start
            refuse()
        self._at_work -= 1
        return None
