"""Spans of what is worked on, where they are wanted."""

from dataclasses import replace
from typing import Any

from chassis.work.chain import Layer, Onward
from telemetry.spans import Attributes, Kind, tracer


def traced(name: str, kind: Kind, attributes: Attributes) -> Layer:
    """Return the layer that puts what passes it into a span, which everything behind follows.

    Args:
        name: The method's routing key, or the handler's name.
        kind: `SERVER` for requests, `CONSUMER` for events.
        attributes: What is always true of it.
    """

    def trace(job: Any, onward: Onward) -> Any:
        spans = tracer()
        if spans is None:
            return onward(job)
        with spans.during(name, kind, job.handled.traceparent, attributes) as span:
            if span is not None:
                job.handled = replace(job.handled, traceparent=span.traceparent)
            return onward(job)

    return trace
