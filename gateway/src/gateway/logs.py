"""Logs of the gateway: as `telemetry` writes them, with the request that is worked on."""

import logging
from typing import Any

from gateway.trace import CURRENT
from telemetry import logs

# pika tells of each socket; what matters of it is said by our own connection.
_QUIET = {"pika": logging.CRITICAL}


def configure(level: str) -> None:
    """Send all logs of this process to standard error, from `level` on."""
    logs.configure("gateway", level, about=about, quiet=_QUIET)


def about() -> dict[str, Any]:
    """Return the ids of the request that is worked on."""
    trace = CURRENT.get(None)
    if trace is None:
        return {}
    return {"request_id": trace.request_id, "trace_id": trace.traceparent.split("-")[1]}
