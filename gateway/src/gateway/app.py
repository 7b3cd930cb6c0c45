"""The gateway, put together: parts, routes, and what every request passes on its way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from pika.adapters.asyncio_connection import AsyncioConnection
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from contracts.refusals import Refusal
from gateway import problem
from gateway.background import Background
from gateway.connection import BrokerConnection
from gateway.dispatch import Dispatch
from gateway.docs import mount_docs
from gateway.event_pages import mount_event_pages
from gateway.live_page import mount_live_page
from gateway.middleware.bodies import BoundedBodies
from gateway.middleware.heads import SoundHeads
from gateway.middleware.observed import Observed
from gateway.middleware.origins import CrossOrigin
from gateway.middleware.paths import CanonicalPaths
from gateway.middleware.reading import HeadAsGet
from gateway.openapi import describe
from gateway.parts import Parts, assembled
from gateway.routes import ROUTERS
from gateway.schemas import mount_schemas
from gateway.settings import GatewaySettings
from gateway.welcome import mount_welcome

FIRST_CONNECTION_SECONDS = 5.0
"""Without a broker it listens all the same, and says what it misses."""


def create_app(settings: GatewaySettings) -> ASGIApp:
    """Return the gateway as an ASGI application; its lifespan holds the broker connection."""
    return wrapped(api(settings), settings)


def api(settings: GatewaySettings) -> FastAPI:
    """Return the routes with everything that they need."""
    parts = assembled(settings)
    app = FastAPI(
        lifespan=lambda _: _running(parts),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.parts = parts
    for router in ROUTERS:
        # Their routes are taken as they are: an included router costs a search of its own.
        app.router.routes.extend(router.routes)
    app.add_exception_handler(Refusal, problem.on_refusal)
    app.add_exception_handler(HTTPException, problem.on_http)
    app.add_exception_handler(Exception, problem.on_failure)
    describe(app)
    mount_docs(app)
    mount_event_pages(app)
    mount_live_page(app)
    mount_schemas(app)
    mount_welcome(app)
    app.state.allowed = _Allowed(app)
    return app


def wrapped(routes: FastAPI, settings: GatewaySettings) -> ASGIApp:
    """Return `routes` behind everything that a request passes first, from innermost outwards."""
    app: ASGIApp = Dispatch(routes)
    app = BoundedBodies(app, settings.body_limit)
    app = CanonicalPaths(app)
    app = HeadAsGet(app)
    app = SoundHeads(app)
    app = CrossOrigin(app, settings.origins)
    https = settings.public_url.startswith("https://")
    return Observed(app, settings.deadline_seconds, settings.proxies, https, _words(routes))


def _words(routes: FastAPI) -> frozenset[str]:
    """Return the words that addresses are made of."""
    paths = [getattr(route, "path", "") for route in routes.routes]
    return frozenset(word for path in paths for word in path.split("/") if "{" not in word)


@asynccontextmanager
async def _running(parts: Parts) -> AsyncIterator[None]:
    connected = asyncio.Event()

    async def up(connection: AsyncioConnection) -> None:
        await parts.rpc.attach(connection)
        await parts.revoked.attach(connection)
        await parts.live.attach(connection)
        with suppress(Refusal):
            await parts.keys.renew()
        connected.set()

    def down() -> None:
        parts.live.detach()
        parts.revoked.detach()
        parts.rpc.detach()

    link = BrokerConnection(parts.settings.broker_url.get_secret_value(), up, down)
    async with Background(broker=link.run, keys=parts.keys.keep_fresh, streams=parts.hub.beat):
        # Who listens is sent requests: not before they can be answered, if that comes about soon.
        with suppress(TimeoutError):
            await asyncio.wait_for(connected.wait(), FIRST_CONNECTION_SECONDS)
        yield


class _Allowed:
    """The methods that a path takes, over all its routes."""

    def __init__(self, app: FastAPI) -> None:
        self._routes = [route for route in app.routes if isinstance(route, Route)]

    def __call__(self, scope: Scope) -> str:
        """Return them as the header Allow says it."""
        path = scope["path"]
        matching = (route for route in self._routes if route.path_regex.match(path))
        methods = {method for route in matching for method in route.methods or ()}
        return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
