"""A receiver of spans by OTLP, as any collector is one: what it reads is what was sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2


@dataclass(frozen=True)
class Received:
    """A span.

    Attributes:
        service: Whose process sent it.
        name: What it is called.
        kind: As `SERVER`.
        trace, id, parent: Ids in hexadecimal; no parent is empty.
        links: Ids of the spans that it follows besides, each with its trace's before it.
        attributes: What it says.
        failed: Whether it ended as a failure.
    """

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    links: tuple[tuple[str, str], ...]
    attributes: dict[str, Any]
    failed: bool


class Collector:
    """Keeps every span that comes, and the bytes that it came in."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[Received] = []
        self.bodies: list[bytes] = []

    def take(self, body: bytes) -> None:
        """Read a request. Raises DecodeError where it is none."""
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        self.bodies.append(body)
        for resource in request.resource_spans:
            service = _said(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self.spans += [_received(service, span) for span in scope.spans]

    def of(self, trace: str) -> list[Received]:
        """Return the spans of a trace that have come by now."""
        return [span for span in self.spans if span.trace == trace]


def _received(service: str, span: trace_pb2.Span) -> Received:
    return Received(
        service,
        span.name,
        trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        _said(span.attributes),
        span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
    )


def _said(attributes: Any) -> dict[str, Any]:
    return {
        each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in attributes
    }


@contextmanager
def collector() -> Iterator[Collector]:
    """Run one on this machine."""
    collecting = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            collecting.take(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collecting.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield collecting
        server.shutdown()
