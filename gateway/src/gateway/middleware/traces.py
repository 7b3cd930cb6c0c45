"""Gives each request its id, its trace and its deadline."""

from starlette.types import Scope

from gateway.head import head_of
from gateway.trace import CURRENT, Trace, begin


def traced(scope: Scope, seconds: float) -> Trace:
    """Begin the trace of a request, and return it.

    Its id and its trace are those of the caller where they are sane.

    Args:
        scope: The request's.
        seconds: How long it may take.
    """
    head = head_of(scope)
    request_id, traceparent = head.get(b"x-request-id", b""), head.get(b"traceparent", b"")
    trace = begin(request_id.decode("latin-1"), traceparent.decode("latin-1"), seconds)
    CURRENT.set(trace)
    return trace
