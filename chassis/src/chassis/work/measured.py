"""Counting and timing what is worked on."""

from time import perf_counter
from typing import Any

from prometheus_client import Counter, Histogram

from chassis.work.chain import Layer, Onward
from contracts.refusals import Refusal
from telemetry.figures import LATENCIES

FAILED = "failed"
"""The outcome of what raised something else than a refusal."""

_DONE = Counter(
    "sakina_work_total",
    "Requests and events worked on. The outcome is done, failed, or a refusal's code.",
    ["kind", "name", "outcome"],
)
_SECONDS = Histogram(
    "sakina_work_seconds",
    "Seconds from the beginning of the work to its outcome, the commit among them.",
    ["kind", "name"],
    buckets=LATENCIES,
)


def measured(kind: str, name: str) -> Layer:
    """Return the layer that counts and times what passes it.

    Args:
        kind: `rpc` or `event`.
        name: The method's routing key, or the handler's name.
    """
    seconds = _SECONDS.labels(kind, name)
    done = _DONE.labels(kind, name, "done")

    def measure(job: Any, onward: Onward) -> Any:
        begun = perf_counter()
        try:
            answer = onward(job)
        except Refusal as refusal:
            _DONE.labels(kind, name, refusal.code).inc()
            raise
        except Exception:
            _DONE.labels(kind, name, FAILED).inc()
            raise
        else:
            done.inc()
            return answer
        finally:
            seconds.observe(perf_counter() - begun)

    return measure
