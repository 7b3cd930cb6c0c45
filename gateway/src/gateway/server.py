"""The HTTP server, as it is run."""

import uvicorn
from starlette.types import ASGIApp

from gateway.protocol import Protocol
from gateway.settings import GatewaySettings

DRAIN_SECONDS = 10
# Longer than proxies commonly keep an idle connection: else one would now and then send a request
# into a connection that closes just then.
KEEP_ALIVE_SECONDS = 100


def server(app: ASGIApp, settings: GatewaySettings) -> uvicorn.Server:
    """Return a server of `app` that ends on SIGTERM or SIGINT, after what was begun."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        # Forwarded headers are read by gateway.address alone, and believed of proxies alone.
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    return uvicorn.Server(config)
