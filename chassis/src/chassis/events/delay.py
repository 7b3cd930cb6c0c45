"""How late events take effect."""

from functools import cache
from typing import Any

from prometheus_client import Histogram

from chassis.process import clock
from chassis.work.chain import Job, Layer, Onward
from contracts.events import Event

_DELAY = Histogram(
    "sakina_event_delay_seconds",
    "Seconds from an event's own time to its effect here.",
    ["name"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0),
)


def delayed(name: str) -> Layer:
    """Return the layer that notes how late the effect of each event is.

    Args:
        name: The handler's.
    """

    def note(job: Job, onward: Onward) -> Any:
        answer = onward(job)
        took_effect(name, job.said)
        return answer

    return note


def took_effect(name: str, event: Event[Any]) -> None:
    """Note that `event` has taken effect by `name` now."""
    _of(name).observe((clock.now() - event.time).total_seconds())


@cache
def _of(name: str) -> Histogram:
    """Looked up once: finding a series by its label costs more than counting in it."""
    return _DELAY.labels(name)
