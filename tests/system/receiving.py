"""A server of one's own to which webhooks lead."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError


class Endpoint:
    """A server of one's own: it keeps what comes whose signature is good."""

    def __init__(self) -> None:
        self.url = ""
        self.secret = ""
        self.status = 200
        self.events: list[dict[str, Any]] = []
        self.strangers = 0

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Return the status for a request."""
        try:
            event = Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            self.strangers += 1
            return 400
        assert event["id"] == headers["webhook-id"]
        if self.status == 200:
            self.events.append(event)
        return self.status

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """Run an endpoint on this machine; skips where the system is in containers."""
    if "SAKINA_SYSTEM_STACK" in os.environ:
        pytest.skip("nothing leads from a container to this machine's loopback")
    taking = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(taking.take(dict(self.headers.items()), body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        taking.url = f"http://127.0.0.1:{server.server_port}/hooks"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield taking
        server.shutdown()
