"""How long to wait before the next try."""

import random
from collections.abc import Sequence


def pause(waits: Sequence[float], failures: int) -> float:
    """Return the seconds to wait after the `failures`-th failure in a row, counted from 0.

    It is half to all of the wait in `waits`, whose last one stands for all further: those whom one
    restart has cut off do not come back in one instant.
    """
    return waits[min(failures, len(waits) - 1)] * random.uniform(0.5, 1)  # noqa: S311
