"""A sign of life that a container's health check can read: `python -m chassis.process.heartbeat`.

While a service reads from the broker, each of its consumers renews a file in the folder that
SAKINA_PULSE names. So a file goes stale when the process hangs and when it has lost the broker,
which a look at the process alone would not tell. Without SAKINA_PULSE nothing is written.
"""

import os
import sys
from pathlib import Path
from time import monotonic, time

STALE_SECONDS = 15.0
"""Older files say that their consumer is stuck: a healthy one renews its file every 2 s."""


class Pulse:
    """Renews the file of one consumer, at most once in a second.

    Args:
        name: Of the consumer, unique in its process.
    """

    def __init__(self, name: str) -> None:
        folder = os.environ.get("SAKINA_PULSE")
        self._file = Path(folder) / name if folder else None
        self._next = 0.0

    def beat(self) -> None:
        """Say that the consumer lives."""
        if self._file is None or monotonic() < self._next:
            return
        self._next = monotonic() + 1
        self._file.parent.mkdir(exist_ok=True)
        self._file.touch()


def complaint(folder: Path) -> str | None:
    """Return what is wrong with the service that beats into `folder`, or None."""
    files = sorted(folder.glob("*"))
    if not files:
        return "the service has not reached the broker yet"
    for file in files:
        age = time() - file.stat().st_mtime
        if age > STALE_SECONDS:
            return f"{file.name}: no sign of life for {age:.0f} s"
    return None


def main() -> None:
    """Exit with 0 where the service of this container lives, else with 1 and the reason."""
    folder = os.environ.get("SAKINA_PULSE")
    sys.exit(complaint(Path(folder)) if folder else "set SAKINA_PULSE to the service's folder")


if __name__ == "__main__":
    main()
