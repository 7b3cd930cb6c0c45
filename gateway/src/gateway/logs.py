"""Logs as one JSON object a line, on standard output."""

import logging
import sys
import time
from typing import Any

import orjson

from gateway.trace import CURRENT

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


class JsonLines(logging.Formatter):
    """Formats a record, with whatever was passed as `extra`, as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}"
            f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if "request_id" not in line and (trace := CURRENT.get(None)) is not None:
            line["request_id"] = trace.request_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode(errors="replace")


def configure(level: str) -> None:
    """Send every log line of the process to standard output, from `level` up."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # No line says them, and finding them out costs more than the line itself.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    # pika tells of each socket; what matters of it is said by our own connection.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
