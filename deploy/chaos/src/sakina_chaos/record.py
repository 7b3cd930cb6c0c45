"""What was asked, answered and seen, one JSON line for each, in the order in which it was noted."""

import json
import threading
import time
from pathlib import Path
from typing import Any

Line = dict[str, Any]
"""`kind` says what it is, `at` when, in seconds since the run began; `checker` says the rest."""


class Record:
    """The log of a run, which any thread may write to.

    A line is on its way to the disk before `note` returns, so that a run that is killed leaves
    all of it.

    Args:
        file: Where it is written; what was there before goes.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._out = file.open("w")
        self._turn = threading.Lock()
        self._began = time.monotonic()
        self.lines: list[Line] = []

    def now(self) -> float:
        """Return the seconds since the run began."""
        return round(time.monotonic() - self._began, 4)

    def note(self, kind: str, **said: Any) -> Line:
        """Write down that something happened now, and return the line."""
        with self._turn:
            line = {"kind": kind, "at": self.now(), **said}
            self._out.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._out.flush()
            self.lines.append(line)
        return line

    def so_far(self) -> list[Line]:
        """Return what was noted so far."""
        with self._turn:
            return list(self.lines)

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._out.close()


def read(file: Path) -> list[Line]:
    """Return the lines of a log; the last one of a run that was killed may be half a line."""
    lines = []
    for text in file.read_text().splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            break
    return lines
