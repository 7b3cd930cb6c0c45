"""A bar that grows, on a terminal; elsewhere one line at the end."""

import sys

WIDTH = 32


class Bar:
    """How far something is.

    Args:
        title: What it is.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._total = 1
        self._done = 0

    def begin(self, total: int) -> None:
        """Begin with `total` steps ahead."""
        self._total, self._done = max(1, total), 0

    def step(self, count: int) -> None:
        """Say that `count` more are done."""
        self._done += count
        whole = self._done >= self._total
        if sys.stdout.isatty():
            filled = WIDTH * self._done // self._total
            bar = "█" * filled + "░" * (WIDTH - filled)
            sys.stdout.write(f"\r{bar} {self._title}: {self._done:,} of {self._total:,}\033[K")
            sys.stdout.write("\n" if whole else "")
        elif whole:
            sys.stdout.write(f"{self._title}: {self._total:,} rows\n")
        sys.stdout.flush()
