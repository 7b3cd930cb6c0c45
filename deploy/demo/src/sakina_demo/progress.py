"""How far it is, in one line."""

import sys
from typing import TextIO

WIDTH = 32


class Progress:
    """A bar on a terminal; elsewhere a line for every tenth.

    Args:
        total: Steps in all.
        out: Where it is drawn.
    """

    def __init__(self, total: int, out: TextIO = sys.stdout) -> None:
        self._total = max(1, total)
        self._done = 0
        self._out = out
        self._said = -1

    def step(self, what: str) -> None:
        """Say that a step of `what` is done."""
        self._done += 1
        percent = 100 * self._done // self._total
        if self._out.isatty():
            filled = WIDTH * self._done // self._total
            bar = "█" * filled + "░" * (WIDTH - filled)
            self._out.write(f"\r{bar} {percent:3d} %  {what}\033[K")
            if self._done == self._total:
                self._out.write("\n")
        elif percent // 10 > self._said:
            self._said = percent // 10
            self._out.write(f"{percent:3d} %  {what}\n")
        self._out.flush()
