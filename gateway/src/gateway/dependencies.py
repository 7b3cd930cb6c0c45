"""The two kinds of route: closed ones, that ask who is there before anything else, and open ones.

A route is closed unless it stands on an open router, so that a new one is born safe.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.convertors import Convertor, register_url_convertor

from gateway.binding import Binding
from gateway.caller import Caller
from gateway.parts import Parts

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class _IdConvertor(Convertor[int]):
    """An id in a path. What cannot be one matches no route, and so is a 404."""

    regex = "[1-9][0-9]{0,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("id", _IdConvertor())


class ServiceRoute(APIRoute):
    """A route that asks the services. The framework documents it; `gateway.dispatch` finds it.

    Attributes:
        answer: Reads the function's arguments from a request, and calls it.
    """

    answer: Handler


class OpenRoute(ServiceRoute):
    """A route for anybody."""

    def get_route_handler(self) -> Handler:
        """Return a handler that reads the function's arguments and calls it."""
        # Who probes, scrapes or fetches keys may add words of their own.
        binding = Binding(self.endpoint, is_lenient=not self.path.startswith("/api/"))

        async def anybody(request: Request) -> Response:
            return await binding.answer(Caller(request, request.app.state.parts, None))

        self.answer = anybody
        return anybody


class ClosedRoute(ServiceRoute):
    """A route for the bearer of an access token."""

    def get_route_handler(self) -> Handler:
        """Return a handler that knows who asks before it reads anything."""
        binding = Binding(self.endpoint)

        async def identified(request: Request) -> Response:
            parts: Parts = request.app.state.parts
            identity = request.scope["sakina.identity"] = await parts.identify(request)
            return await binding.answer(Caller(request, parts, identity))

        self.answer = identified
        return identified


def closed_router(tag: str) -> APIRouter:
    """Return a router for routes that need a token, listed under `tag`."""
    return APIRouter(route_class=ClosedRoute, tags=[tag], generate_unique_id_function=_operation_id)


def open_router(tag: str) -> APIRouter:
    """Return a router for routes that need none, listed under `tag`."""
    return APIRouter(route_class=OpenRoute, tags=[tag], generate_unique_id_function=_operation_id)


def _operation_id(route: APIRoute) -> str:
    """The name of the route's function: it is unique, and says what the operation does."""
    return route.name
