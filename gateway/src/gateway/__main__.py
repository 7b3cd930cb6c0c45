"""Starts the gateway: `python -m gateway`."""

import gc
import sys

from pydantic import ValidationError

from gateway import descriptors, logs
from gateway.app import create_app
from gateway.server import server
from gateway.settings import GatewaySettings
from gateway.watchdog import Watched
from telemetry import figures, spans


def main() -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun."""
    try:
        settings = GatewaySettings()
    except ValidationError as error:
        names = ", ".join(f"SAKINA_{entry['loc'][0]}".upper() for entry in error.errors())
        sys.exit(f"Set these environment variables for the gateway rightly: {names}.")
    logs.configure(settings.log_level)
    descriptors.raised()
    app = Watched(create_app(settings), settings.watchdog_seconds)
    # What is there from the beginning stays: the garbage collector need not look at it again.
    gc.collect()
    gc.freeze()
    sent = spans.exported(settings.otlp_endpoint, "gateway", ratio=settings.otlp_ratio)
    with sent, figures.served(settings.metrics_port, settings.metrics_host):
        server(app, settings).run()


if __name__ == "__main__":
    main()
