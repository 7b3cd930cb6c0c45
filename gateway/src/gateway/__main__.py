"""Starts the gateway: `python -m gateway`."""

import sys

import uvicorn
from pydantic import ValidationError

from gateway import logs
from gateway.app import create_app
from gateway.settings import GatewaySettings

DRAIN_SECONDS = 10


def main() -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun."""
    try:
        settings = GatewaySettings()
    except ValidationError as error:
        names = ", ".join(f"SAKINA_{entry['loc'][0]}".upper() for entry in error.errors())
        sys.exit(f"Set these environment variables for the gateway rightly: {names}.")
    logs.configure(settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        # Forwarded headers are read by gateway.address alone, and believed of proxies alone.
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


if __name__ == "__main__":
    main()
