"""How a command of this machine ends, whichever it is."""

import signal
from collections.abc import Callable
from types import FrameType

from sakina_local.problems import Problem
from sakina_local.progress import plainly


def carried_out(work: Callable[[], bool]) -> int:
    """Do the work of a command; return its exit status: 0 where all is well, and else 1.

    A problem is told in its one sentence, and Ctrl-C in a word.
    """
    try:
        return 0 if work() else 1
    except Problem as problem:
        plainly(problem.sentence)
    except KeyboardInterrupt:
        plainly("interrupted")
    return 1


def end_as_by_ctrl_c() -> None:
    """Have SIGTERM do what Ctrl-C does: what was started and made goes."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
