"""Spans of a process: what it did for a request, for how long, and because of what.

They are off unless `exported` is told where to send them. Until then `tracer()` is None, whoever
would begin a span does nothing else, and nothing of OpenTelemetry is imported (docs/adr/0046).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import Protocol

from prometheus_client import Counter

SENT = Counter("sakina_spans_sent_total", "Spans that their receiver has taken.")
_DROPPED = Counter("sakina_spans_dropped_total", "Spans that were not sent.", ["reason"])
DROPPED = {reason: _DROPPED.labels(reason) for reason in ("full", "not taken", "stopped")}

Attributes = Mapping[str, str | int | bool]
"""By the names of OpenTelemetry's semantic conventions, where they have one. Only words of our own
and statements without their values: nothing that a person has written, or is known by."""


class Kind(StrEnum):
    """Which end of what a span is."""

    SERVER = "SERVER"
    CLIENT = "CLIENT"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"
    INTERNAL = "INTERNAL"


class Span(Protocol):
    """A span that has begun.

    Attributes:
        traceparent: By which others follow it (W3C Trace Context).
    """

    @property
    def traceparent(self) -> str:
        """Its place, as `00-<trace>-<span>-<flags>`."""

    def say(self, attributes: Attributes, name: str | None = None) -> None:
        """Add what is known by now; and the name, where that is."""

    def end(self, failure: str | None = None) -> None:
        """End it, once.

        Args:
            failure: What it failed with: a refusal's code, or the name of an exception. Never a
                message, which may repeat what people wrote.
        """


class Tracer(Protocol):
    """Begins spans."""

    def begin(
        self,
        name: str,
        kind: Kind,
        parent: str | None,
        attributes: Attributes | None = None,
        links: Sequence[str] = (),
    ) -> Span | None:
        """Begin a span, or None where its trace is not recorded.

        Args:
            name: One of few: a route, a method, a handler.
            kind: Which end it is.
            parent: The traceparent that it follows; without one that is sound, it begins a trace.
            attributes: What is known already.
            links: Traceparents of what it also follows, where one thing follows many.
        """

    def during(
        self,
        name: str,
        kind: Kind,
        parent: str | None,
        attributes: Attributes | None = None,
        links: Sequence[str] = (),
    ) -> AbstractContextManager[Span | None]:
        """Have a span, as `begin`, for the length of a block. An exception ends it as a failure."""


_held: list[Tracer] = []


def tracer() -> Tracer | None:
    """Return what begins spans; None where nobody wants any."""
    return _held[-1] if _held else None


def is_recorded(traceparent: str) -> bool:
    """Say whether the trace of a sound `traceparent` is recorded, by its flags."""
    return bool(int(traceparent[-2:], 16) & 1)


@contextmanager
def exported(endpoint: str, service: str, *, ratio: float | None = None) -> Iterator[None]:
    """Send the process's spans to `endpoint` for the length of the block; none where it is empty.

    Sending neither delays the process nor ends it: what cannot be sent is dropped and counted.

    Args:
        endpoint: Base URL of an OTLP receiver by HTTP, as `http://collector:4318`.
        service: Whose process it is.
        ratio: Which part of all traces is recorded, from 0 to 1, by their ids alone. Without one,
            those whose parents are.
    """
    if not endpoint:
        yield
        return
    # Imported where it is wanted: the library takes 20 MB and a third of a second.
    from telemetry import otlp  # noqa: PLC0415

    with otlp.sending(endpoint, service, ratio) as began:
        _held.append(began)
        try:
            yield
        finally:
            _held.remove(began)
