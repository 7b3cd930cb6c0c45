"""Running a service: `run(ServiceClass, settings)` is all that its `__main__` does."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import eventlet
from eventlet import debug
from eventlet.hubs import trampoline
from nameko.runners import ServiceRunner
from sqlalchemy import text
from sqlalchemy.engine import make_url

from chassis.amqp.connection import address, connect
from chassis.data.database import Database
from chassis.process import logs
from chassis.process.settings import ServiceSettings
from chassis.process.watchdog import watched
from chassis.service import bans
from contracts.refusals import Unavailable
from telemetry import figures, spans

log = logging.getLogger(__name__)


def run(service: type, settings: ServiceSettings) -> NoReturn:
    """Run `service` until SIGTERM or SIGINT, then drain and exit with 0.

    Exits with 1 and one line of log where the database or the broker is away at the start, and
    where the service dies later or stands still: the supervisor starts it again.

    Args:
        service: The nameko service class.
        settings: What it was told.
    """
    name: str = service.name  # type: ignore[attr-defined]
    logs.configure(name, settings.log_level)
    debug.hub_exceptions(False)  # what ends a greenlet is logged by whoever minds it
    try:
        figures_served = figures.served(settings.metrics_port, settings.metrics_host)
        spans_sent = spans.exported(settings.otlp_endpoint, name)
        with watched(settings.watchdog_seconds), figures_served, spans_sent:
            check_parts(name, settings)
            sys.exit(_serve(service, settings))
    except Away as away:
        log.critical("not started: %s", away)
        sys.exit(1)


@contextmanager
def serving(service: type, settings: ServiceSettings, *, drain: bool = True) -> Iterator[Any]:
    """Run `service` inside this process for the length of the block, as tests do.

    Args:
        service: The nameko service class.
        settings: What it is told.
        drain: Whether to stop gently at the end; else everything at work is dropped.

    Yields:
        The nameko container.
    """
    runner = _runner(service, settings)
    runner.start()
    try:
        yield next(iter(runner.containers))
    except BaseException:
        runner.kill()
        raise
    if drain:
        runner.stop()
    else:
        runner.kill()


class Away(Exception):
    """Something that the service needs is away; the text says what and where."""


def _runner(service: type, settings: ServiceSettings) -> Any:
    bans.check(service)
    config = {
        "AMQP_URI": settings.broker_url,
        "max_workers": settings.max_workers,
        "settings": settings,
    }
    runner = ServiceRunner(config)
    runner.add_service(service)
    return runner


def check_parts(name: str, settings: ServiceSettings) -> None:
    """Check that the database and the broker let the service `name` in.

    Raises:
        Away: One of them does not answer, or refuses.
    """
    database = Database.connect(settings.database_url, pool_size=1, name=f"sakina {name} start")
    try:
        database.reader.ask(text("select 1"))
    except Unavailable as error:
        url = make_url(settings.database_url)
        raise Away(f"the database at {url.host}:{url.port} does not answer") from error
    finally:
        database.close()
    try:
        connect(settings.broker_url, f"{name} start").close()
    except Exception as error:
        where = address(settings.broker_url)
        reason = str(error) or type(error).__name__
        raise Away(f"the broker at {where} does not answer: {reason}") from error


def _serve(service: type, settings: ServiceSettings) -> int:
    runner = _runner(service, settings)
    try:
        runner.start()
    except Exception as error:
        raise Away(f"{type(error).__name__}: {error}") from error
    log.info("ready")
    stopping = eventlet.spawn(_stop_on_signal, runner, settings.drain_seconds)
    try:
        runner.wait()
    except Exception:
        log.critical("the service died", exc_info=True)
        return 1
    stopping.kill()
    log.info("stopped")
    return 0


def _stop_on_signal(runner: Any, drain_seconds: float) -> None:
    # A handler runs between any two instructions, so it only leaves a byte: this greenlet stops
    # the service. Without the pipe the hub would not notice before its next timer.
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: None)
    trampoline(reading, read=True)
    log.info("draining")
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.SIG_DFL)
    try:
        with eventlet.Timeout(drain_seconds):
            runner.stop()
    except (Exception, eventlet.Timeout) as error:
        log.warning("not drained (%s): the rest is delivered again", error)
        runner.kill()
