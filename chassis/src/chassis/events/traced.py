"""Spans of events on their way, where spans are wanted."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from chassis.amqp.stream import Delivered
from chassis.work import context
from telemetry.spans import Kind, Span, is_recorded, tracer

# An envelope says it before its data, so that the first one is its own.
_TRACEPARENT = re.compile(rb'"traceparent":"([0-9a-f-]{55})"')


def publishing(row: Any, exchange: str) -> Span | None:
    """Begin the span of an outbox row's way to `exchange`, which its followers follow."""
    spans = tracer()
    if spans is None or row.traceparent is None:
        return None
    about = {
        "messaging.system": "rabbitmq",
        "messaging.destination.name": exchange,
        "messaging.message.id": str(row.event_id),
    }
    return spans.begin(f"publish {row.type}", Kind.PRODUCER, row.traceparent, about)


@contextmanager
def together(name: str, kind: Kind, followed: Sequence[str]) -> Iterator[None]:
    """Have a span of what is done for many events at once, which is linked to each, for a block.

    What is asked of the database meanwhile is part of it. Without events there is none.

    Args:
        name: What is done.
        kind: Which end it is.
        followed: The traceparents of the events.
    """
    spans = tracer()
    links = [] if spans is None else [one for one in followed if is_recorded(one)]
    if spans is None or not links:
        yield
        return
    about = {"messaging.batch.message_count": len(links)}
    with spans.during(name, kind, None, about, links) as span:
        before = context.current()
        if span is not None:
            context.begin(context.Handled(traceparent=span.traceparent))
        try:
            yield
        finally:
            context.begin(before)


def followed(batch: Sequence[Delivered]) -> list[str]:
    """Return the traceparents of events as they were published; none where spans are not wanted."""
    if tracer() is None:
        return []
    return [found for each in batch if (found := of_published(each.body))]


def of_published(body: bytes) -> str | None:
    """Return the traceparent of an event as it was published."""
    match = _TRACEPARENT.search(body)
    return match[1].decode() if match else None
