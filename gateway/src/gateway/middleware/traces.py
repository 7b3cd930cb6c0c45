"""Gives each request its id, its trace and its deadline."""

from starlette.types import Scope

from gateway.head import head_of
from gateway.trace import CURRENT, Trace, begin
from telemetry.spans import Kind, Span, tracer


def traced(scope: Scope, seconds: float) -> tuple[Trace, Span | None]:
    """Begin the trace of a request, and return it with its span, where spans are wanted.

    Its id and its trace are those of the caller where they are sane.

    Args:
        scope: The request's.
        seconds: How long it may take.
    """
    head = head_of(scope)
    request_id, traceparent = head.get(b"x-request-id", b""), head.get(b"traceparent", b"")
    spans, span, followed = tracer(), None, traceparent.decode("latin-1")
    if spans is not None:
        span = spans.begin("request", Kind.SERVER, followed)
    trace = begin(request_id.decode("latin-1"), span.traceparent if span else followed, seconds)
    if span is not None:
        trace = trace.under(span.traceparent)
    CURRENT.set(trace)
    return trace, span
