"""What spans cost: two systems of this checkout turn about, of which the second sends them.

`.venv/bin/python tests/load/spans.py ["new session" …]`: some 3 minutes. The receiver reads what
comes and throws it away; its own CPU is not counted. Lines are those of `make bench BASE=`, where
base is off and now is on.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sakina_bench import turns, wrk
from sakina_bench.commits import this_checkout
from sakina_bench.measuring import Subject
from sakina_bench.running import running

ROWS = ("sessions list", "new session", "chapter session")


class Receiver(BaseHTTPRequestHandler):
    """Takes whatever comes."""

    def do_POST(self) -> None:
        """Take it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """It is no news."""


def main() -> None:
    """Measure, and print a line for each request."""
    wrk.ensure()
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    plan = turns.Plan(turns=5, seconds=3, connections=8)
    with running(this_checkout()) as (off,):
        endpoint = f"http://127.0.0.1:{receiver.server_port}"
        with running(this_checkout(), SAKINA_OTLP_ENDPOINT=endpoint) as (on,):
            sys.stdout.write(turns.heading() + "\n")
            rows = sys.argv[1:] or ROWS
            for one in turns.compare(Subject.of(off), Subject.of(on), rows, plan):
                sys.stdout.write(turns.line(one) + "\n")


if __name__ == "__main__":
    main()
