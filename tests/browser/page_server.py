"""Serves the page from an origin of its own, and hears what came of it."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent / "page"


@dataclass(frozen=True)
class Served:
    """The page's address, and the queue of what its pages told."""

    url: str
    told: "queue.Queue[list[dict[str, Any]]]"


@contextmanager
def served() -> Iterator[Served]:
    """Serve the page for as long as the context lasts."""
    told: queue.Queue[list[dict[str, Any]]] = queue.Queue()

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(PAGE))

        def do_POST(self) -> None:
            told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """A page is no news."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Served(f"http://127.0.0.1:{server.server_port}/index.html", told)
        server.shutdown()
        thread.join()
