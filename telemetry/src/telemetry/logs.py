"""Logs: one line for each entry, with the request that it belongs to."""

import logging
import os
import re
import socket
import sys
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import orjson

from telemetry.lines import Lines

About = Callable[[], Mapping[str, Any]]
"""Returns what an entry is about: `request_id` and `trace_id` of what is being worked on."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^:/@\s]*):[^@/\s]+@")


class JsonLines(logging.Formatter):
    """Says an entry, with whatever was passed as `extra`, as one line of JSON.

    Args:
        service: Whose process it is.
        about: Says what is being worked on.
    """

    def __init__(self, service: str, about: About = dict) -> None:
        super().__init__()
        self._process = {"service": service, "instance": f"{socket.gethostname()}/{os.getpid()}"}
        self._about = about

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. A password in an address is blotted out."""
        line = {
            "time": f"{_second(int(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            **self._process,
            "logger": record.name,
            "message": _without_passwords(record.getMessage()),
            **self._about(),
            **_extra(record),
        }
        if record.exc_info:
            line["exception"] = _without_passwords(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode(errors="replace")


class Words(logging.Formatter):
    """Says an entry as a person at a terminal reads it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and below it the traceback, where there is one."""
        more = " ".join(f"{name}={value}" for name, value in _extra(record).items())
        message = _without_passwords(record.getMessage())
        time_of_day = _second(int(record.created))[11:]
        said = f"{time_of_day} {record.levelname.lower():8} {record.name}: {message} {more}"
        if record.exc_info:
            said += "\n" + _without_passwords(self.formatException(record.exc_info))
        return said.rstrip()


def configure(
    service: str,
    level: str = "INFO",
    *,
    about: About = dict,
    quiet: Mapping[str, int] | None = None,
) -> None:
    """Send all logs of this process to standard error, as `service`'s, from `level` on.

    Args:
        service: Whose process it is.
        level: DEBUG, INFO, WARNING or ERROR.
        about: Says what is being worked on.
        quiet: Loggers of libraries that narrate, and from which level on they are heard.
    """
    handler = Lines(sys.stderr)
    handler.setFormatter(Words() if sys.stderr.isatty() else JsonLines(service, about))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # No line says them, and finding them out costs more than the line itself.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    for name, least in (quiet or {}).items():
        logging.getLogger(name).setLevel(least)


@lru_cache(maxsize=2)
def _second(since_epoch: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(since_epoch))


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    said = vars(record)
    if len(said) == _PLAIN:
        return {}
    return {name: value for name, value in said.items() if name not in _STANDARD}


_PLAIN = len(vars(logging.makeLogRecord({})))


def _without_passwords(text: str) -> str:
    return _PASSWORD_IN_URL.sub(r"\1:***@", text) if "://" in text else text
