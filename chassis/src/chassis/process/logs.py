"""Logs of a service: as `telemetry` writes them, with the request or event that is worked on."""

import logging
from typing import Any

from chassis.work import context
from telemetry import logs

# Libraries that narrate; we log what failed.
_QUIET = {
    "amqp": logging.WARNING,
    "kombu": logging.WARNING,
    "nameko": logging.WARNING,
    "nameko.containers": logging.CRITICAL,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
}


def configure(service: str, level: str = "INFO") -> None:
    """Send all logs of this process to standard error, as `service`'s, from `level` on."""
    logs.configure(service, level, about=_about, quiet=_QUIET)


def _about() -> dict[str, Any]:
    handled = context.current()
    about: dict[str, Any] = {}
    if handled.request_id is not None:
        about["request_id"] = handled.request_id
    if handled.traceparent is not None:
        about["trace_id"] = handled.traceparent.split("-")[1]
    return about
