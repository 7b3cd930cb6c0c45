"""Lines of a log that are written without waiting for whoever reads them.

A pipe that nobody empties holds 64 KiB; then a write waits, and with it everything that the loop
of the process does. What cannot be written is kept for the next line, up to a bound.
"""

import logging
import os
import stat
from posix import write  # eventlet's `os.write` would wait, in the green way
from typing import TextIO

MOST_BYTES = 1_000_000


class Lines(logging.Handler):
    """Writes each record as one line.

    Args:
        stream: Standard error, or whatever has a descriptor. A pipe or a socket is made
            non-blocking; a file and a terminal always take what they are given.

    Attributes:
        dropped: How many lines were not kept since the last one that was written.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._to = stream.fileno()
        kind = os.fstat(self._to).st_mode
        if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind):
            os.set_blocking(self._to, False)
        self._rest = b""
        self.dropped = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record's line, and before it what was left."""
        try:
            self._put(self.format(record))
        except Exception:
            self.handleError(record)

    def flush(self) -> None:
        """Write what was left, as far as it is taken."""
        self.acquire()
        try:
            self._write()
        finally:
            self.release()

    def _put(self, line: str) -> None:
        self._write()
        if len(self._rest) > MOST_BYTES:
            self.dropped += 1
            return
        if self.dropped and not self._rest:
            dropped, self.dropped = self.dropped, 0
            self._rest = _encoded(self.format(_lost(dropped)))
        self._rest += _encoded(line)
        self._write()

    def _write(self) -> None:
        while self._rest:
            try:
                written = write(self._to, self._rest)
            except BlockingIOError:
                return
            except OSError:  # Who read it has gone: there is nobody to tell.
                self._rest = b""
                return
            self._rest = self._rest[written:]


def _encoded(line: str) -> bytes:
    return line.encode(errors="backslashreplace") + b"\n"


def _lost(number: int) -> logging.LogRecord:
    record = logging.LogRecord(
        __name__, logging.ERROR, __file__, 0, "lines were dropped: nobody read them", None, None
    )
    record.lines = number
    return record
