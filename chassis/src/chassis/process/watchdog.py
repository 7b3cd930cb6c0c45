"""Ends a process whose hub no longer turns, so that whoever minds it starts another.

A greenlet that computes or waits without the hub stops everything else in its process: nothing is
answered, and the process lives on. The interpreter's own watchdog, `faulthandler`, waits in a
native thread that needs neither the hub nor the interpreter's lock. Where it is not fed in time it
writes to standard error what each thread was at, and exits with 1. Work in native threads
(`eventlet.tpool`) does not keep the hub from turning, however long it takes.
"""

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import eventlet

from telemetry.figures import LOOP_LAG

MEALS = 6
"""How often it is fed within its patience."""


@contextmanager
def watched(seconds: float) -> Iterator[None]:
    """End this process if the hub stands still for `seconds` within the block; 0 means never."""
    if not seconds:
        yield
        return
    feeding = eventlet.spawn(_feed, seconds)
    try:
        yield
    finally:
        feeding.kill()
        faulthandler.cancel_dump_traceback_later()


def _feed(seconds: float) -> None:
    while True:
        faulthandler.dump_traceback_later(seconds, exit=True)
        slept = monotonic()
        eventlet.sleep(seconds / MEALS)
        LOOP_LAG.set(monotonic() - slept - seconds / MEALS)
