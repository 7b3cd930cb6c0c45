"""Spans by OpenTelemetry's SDK, sent by OTLP. Imported only where spans are wanted.

The SDK's batches leave by a thread of their own; where eventlet has made threads green, that is a
greenlet, and its sockets are too.
"""

import logging
import os
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode
from requests import Response, Session

from telemetry.spans import DROPPED, SENT, Attributes, Kind, Span

log = logging.getLogger(__name__)

MOST_WAITING = 4096
"""Spans that wait to be sent. Beyond, new ones are dropped: some 8 MB."""
BATCH = 128
"""Spans sent together: turning them into bytes holds the process for some 5 ms."""
EVERY_SECONDS = 1.0
SEND_SECONDS = 5.0
STOP_SECONDS = 0.8
"""What is left may still be sent for so long when the process stops."""
QUIET_SECONDS = 60.0
"""The log says of a receiver that it does not take spans this often at most."""

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_LIMITS = SpanLimits(max_span_attribute_length=4096, max_links=256)


@contextmanager
def sending(endpoint: str, service: str, ratio: float | None) -> Iterator["Sender"]:
    """Send to `endpoint` what is begun by the sender that the block is given.

    See `telemetry.spans.exported`.
    """
    # What it would say for each batch, we say now and then.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    exporter = _Exporter(endpoint)
    batches = BatchSpanProcessor(
        exporter,
        max_queue_size=MOST_WAITING,
        schedule_delay_millis=EVERY_SECONDS * 1000,
        max_export_batch_size=BATCH,
    )
    instance = f"{socket.gethostname()}/{os.getpid()}"
    provider = TracerProvider(
        # The gateway does not let strangers say by their flags what is recorded.
        sampler=ParentBased(ALWAYS_ON) if ratio is None else TraceIdRatioBased(ratio),
        resource=Resource({"service.name": service, "service.instance.id": instance}),
        span_limits=_LIMITS,
        shutdown_on_exit=False,
    )
    provider.add_span_processor(_Bounded(batches, exporter))
    log.info("spans are sent to %s", exporter.where)
    try:
        yield Sender(provider.get_tracer("sakina"), follows=ratio is None)
    finally:
        _stop(provider, exporter)


class Sender:
    """Begins spans; see `telemetry.spans.Tracer`.

    Args:
        tracer: The SDK's.
        follows: Whether nothing is begun below what is not recorded.
    """

    def __init__(self, tracer: trace.Tracer, *, follows: bool) -> None:
        self._tracer = tracer
        self._follows = follows

    def begin(
        self,
        name: str,
        kind: Kind,
        parent: str | None,
        attributes: Attributes | None = None,
        links: Sequence[str] = (),
    ) -> Span | None:
        """See `telemetry.spans.Tracer.begin`."""
        context = _context(parent)
        if context is not None and self._follows and not context.trace_flags.sampled:
            return None
        others = [trace.Link(found) for link in links if (found := _context(link))]
        return _Begun(
            self._tracer.start_span(
                name,
                # Never the library's own context, which is that of whoever ran in this thread.
                trace.set_span_in_context(
                    NonRecordingSpan(context) if context else trace.INVALID_SPAN
                ),
                SpanKind[kind.value],
                attributes,
                others,
            )
        )

    @contextmanager
    def during(
        self,
        name: str,
        kind: Kind,
        parent: str | None,
        attributes: Attributes | None = None,
        links: Sequence[str] = (),
    ) -> Iterator[Span | None]:
        """See `telemetry.spans.Tracer.during`."""
        span = self.begin(name, kind, parent, attributes, links)
        failure: str | None = None
        try:
            yield span
        except BaseException as error:
            failure = str(getattr(error, "code", None) or type(error).__name__)
            raise
        finally:
            if span is not None:
                span.end(failure)


class _Begun:
    """A span of the SDK's."""

    __slots__ = ("_span", "traceparent")

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        at = span.get_span_context()
        self.traceparent = f"00-{at.trace_id:032x}-{at.span_id:016x}-{at.trace_flags:02x}"

    def say(self, attributes: Attributes, name: str | None = None) -> None:
        self._span.set_attributes(dict(attributes))
        if name is not None:
            self._span.update_name(name)

    def end(self, failure: str | None = None) -> None:
        if failure is not None:
            self._span.set_attribute("error.type", failure)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


def _context(traceparent: str | None) -> SpanContext | None:
    found = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if found is None:
        return None
    trace_id, span_id, flags = found.groups()
    sampled = trace.TraceFlags(int(flags, 16) & trace.TraceFlags.SAMPLED)
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=sampled)


class _Bounded(SpanProcessor):
    """Lets no more spans wait than the batches hold, and counts those that it drops."""

    def __init__(self, batches: BatchSpanProcessor, exporter: "_Exporter") -> None:
        self._batches = batches
        self._exporter = exporter
        self._given = 0

    def on_end(self, span: ReadableSpan) -> None:
        if not span.context.trace_flags.sampled:
            return
        if self._given - self._exporter.taken >= MOST_WAITING:
            DROPPED["full"].inc()
            return
        self._given += 1
        self._batches.on_end(span)

    def shutdown(self) -> None:
        self._batches.shutdown()  # type: ignore[no-untyped-call]
        if left := self._given - self._exporter.taken:
            DROPPED["stopped"].inc(left)


class _Exporter(SpanExporter):
    """Sends batches, and says now and then that they are not taken.

    Attributes:
        taken: How many spans it was given, whatever became of them.
        where: The receiver, as the log may call it.
    """

    def __init__(self, endpoint: str) -> None:
        address = urlsplit(endpoint)
        self.where = f"{address.scheme}://{address.hostname}:{address.port or 4318}"
        self.taken = 0
        self._silent_until = 0.0
        self._unsaid = 0
        self._by = OTLPSpanExporter(
            f"{endpoint.rstrip('/')}/v1/traces", timeout=SEND_SECONDS, session=_Hasty()
        )

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.taken += len(spans)
        result = self._by.export(spans)
        if result is SpanExportResult.SUCCESS:
            SENT.inc(len(spans))
        else:
            DROPPED["not taken"].inc(len(spans))
            self._complain(len(spans))
        return result

    def _complain(self, lost: int) -> None:
        self._unsaid += lost
        if monotonic() >= self._silent_until:
            log.warning("%s takes no spans: %d were dropped", self.where, self._unsaid)
            self._silent_until, self._unsaid = monotonic() + QUIET_SECONDS, 0

    def shutdown(self) -> None:
        self._by.shutdown()  # type: ignore[no-untyped-call]


class _Hasty(Session):
    """Reads the head of an answer and no more: one without end would hold the sender for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def request(self, *args: Any, **kwargs: Any) -> Response:
        response = super().request(*args, **{**kwargs, "stream": True})
        response.close()
        return response


def _stop(provider: TracerProvider, exporter: _Exporter) -> None:
    """Send what is left, for a moment: a receiver that hangs holds nobody up."""
    ending = Thread(target=provider.shutdown, name="last spans", daemon=True)
    ending.start()
    ending.join(STOP_SECONDS)
    if ending.is_alive():
        exporter.shutdown()
        log.warning("the last spans were dropped: %s did not take them in time", exporter.where)
