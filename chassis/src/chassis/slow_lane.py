"""How slow requests share a service with quick ones."""

from collections import deque
from collections.abc import Callable

Start = Callable[[], None]


class SlowLane:
    """Lets slow requests have half of the workers at most, and as many as there are workers wait.

    More are to be refused: one that waits counts against the prefetch, and a consumer with nothing
    but slow requests in hand would be sent no quick one. With a prefetch of twice the workers,
    quick requests are always sent and find a worker, however many slow ones there are.

    Args:
        workers: How many the service has.
    """

    def __init__(self, workers: int) -> None:
        self._at_once = max(1, workers // 2)
        self._room = workers
        self._at_work = 0
        self._waiting: deque[Start] = deque()

    def enter(self, start: Start) -> bool:
        """Call `start` now, or when it is its turn; False, and never, where too many wait."""
        if self._at_work < self._at_once:
            self._at_work += 1
            start()
            return True
        if len(self._waiting) < self._room:
            self._waiting.append(start)
            return True
        return False

    def leave(self) -> Start | None:
        """Note that one is done; return how to start the next, which takes its place."""
        if self._waiting:
            return self._waiting.popleft()
        self._at_work -= 1
        return None
