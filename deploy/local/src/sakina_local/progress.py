"""What a person at the terminal sees of a start or a stop."""

import sys
import time


class Progress:
    """One line for each step, with the seconds since the beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, line: str) -> None:
        """Print `line` at once."""
        seconds = time.monotonic() - self._began
        sys.stdout.write(f"{seconds:6.1f} s  {line}\n")
        sys.stdout.flush()


def plainly(text: str) -> None:
    """Print `text` as it is."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
