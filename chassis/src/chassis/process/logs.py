"""Logs: one line of JSON for each entry, with the id of the request it belongs to."""

import logging
import re
import sys
import time
from typing import Any

import orjson

from chassis.work import context as request

# Libraries that narrate. nameko reports each refused call with a traceback; we log what failed.
_QUIET = {
    "amqp": logging.WARNING,
    "kombu": logging.WARNING,
    "nameko": logging.WARNING,
    "nameko.containers": logging.CRITICAL,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
}
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^:/@\s]*):[^@/\s]+@")


class JsonLines(logging.Formatter):
    """Writes an entry as one line of JSON. A password in an address is blotted out."""

    converter = staticmethod(time.gmtime)

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for `record`."""
        handled = request.current()
        entry: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03}Z",
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": _without_passwords(record.getMessage()),
        }
        if handled.request_id is not None:
            entry["request_id"] = handled.request_id
        if handled.traceparent is not None:
            entry["traceparent"] = handled.traceparent
        if record.exc_info:
            entry["exception"] = _without_passwords(self.formatException(record.exc_info))
        return orjson.dumps(entry, default=str).decode()


def configure(service: str, level: str = "INFO") -> None:
    """Send all logs of this process to standard error, as `service`'s, from `level` on."""
    formatter = JsonLines(service)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(quiet)


def _without_passwords(text: str) -> str:
    return _PASSWORD_IN_URL.sub(r"\1:***@", text)
