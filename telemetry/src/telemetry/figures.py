"""The figures of a process, for a Prometheus that asks by a port which nothing public reaches.

The same for asyncio, beside whose loop it is a thread, and for eventlet, where it is a greenlet.
"""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import REGISTRY, Gauge, disable_created_metrics, make_wsgi_app

disable_created_metrics()  # type: ignore[no-untyped-call]

log = logging.getLogger(__name__)

SLOWEST_SCRAPE_SECONDS = 10.0
"""Who takes longer to ask, or to take the answer, is hung up on: a thread is held until then."""

LATENCIES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Buckets of seconds, for what is answered within the deadline of 5 s."""

LOOP_LAG = Gauge(
    "sakina_loop_lag_seconds", "How late the process's loop last came back from a sleep."
)


@contextmanager
def served(port: int, host: str = "127.0.0.1") -> Iterator[None]:
    """Serve `/metrics` at `host` and `port` for the length of the block; not at all at port 0.

    A port that is taken is said in the log, and keeps nobody from working.
    """
    server = _listening(port, host) if port else None
    if server is None:
        yield
        return
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _listening(port: int, host: str) -> WSGIServer | None:
    try:
        return make_server(host, port, make_wsgi_app(REGISTRY), _Server, _Handler)
    except OSError as error:
        log.error("no figures at %s:%d: %s", host, port, error.strerror)
        return None


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without asking a name server who this host is, as the library would."""
        # The connections of the process before this one keep the port for a minute.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A scrape that broke off is no news."""
        log.debug("a scrape ended early", exc_info=True)


class _Handler(WSGIRequestHandler):
    timeout = SLOWEST_SCRAPE_SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """A scrape is no news."""
