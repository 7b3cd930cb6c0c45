"""The HTTP server, as it is run."""

import asyncio
import os
import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from gateway.protocol import Protocol
from gateway.settings import GatewaySettings

DRAIN_SECONDS = 10
# Longer than proxies commonly keep an idle connection: else one would now and then send a request
# into a connection that closes just then.
KEEP_ALIVE_SECONDS = 100


class Server(uvicorn.Server):
    """uvicorn's server, which answers also those who had connected when it was told to end.

    A listening socket that is closed resets whoever waits in its queue, and a proxy that has sent
    a write there can tell only that it failed: so the queue is emptied first.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, answer those that are there, and end."""
        listening = [_own(listener) for each in self.servers for listener in each.sockets]
        for each in self.servers:
            each.close()
        loop = asyncio.get_running_loop()
        for connection in [one for listener in listening for one in _last(listener)]:
            await loop.connect_accepted_socket(self._protocol, connection)
        await super().shutdown(sockets)

    def _protocol(self) -> Protocol:
        return Protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _own(listener: Any) -> socket.socket:
    """Return another socket of the same queue, which lives as long as one of them is open."""
    own = socket.socket(fileno=os.dup(listener.fileno()))
    own.setblocking(False)
    return own


def _last(listener: socket.socket) -> list[socket.socket]:
    """Accept whoever has connected and was not accepted yet, and close the queue behind them."""
    waiting = []
    with listener:
        while True:
            try:
                waiting.append(listener.accept()[0])
            except ConnectionAbortedError:
                continue  # who had connected has gone again
            except OSError:
                return waiting


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
    return Server(config)
