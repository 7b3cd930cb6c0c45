"""The two kinds of route: closed ones, that ask who is there before anything else, and open ones.

A route is closed unless it stands on an open router, so that a new one is born safe.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.convertors import Convertor, register_url_convertor

from gateway.body import parsed
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


class _Parsed(Request):
    """A request whose JSON body has been read by our own strict reader."""

    document: Any = None

    async def json(self) -> Any:
        """Return the document."""
        return self.document


class OpenRoute(APIRoute):
    """A route for anybody."""

    def get_route_handler(self) -> Handler:
        """Return a handler that reads the body strictly before the framework sees it."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def with_body(request: Request) -> Response:
            with_document = _Parsed(request.scope, request.receive)
            body = await with_document.body()
            if body:
                content_type = request.headers.get("content-type", "")
                with_document.document = parsed(body, content_type)
            return await handle(with_document)

        return with_body


class ClosedRoute(OpenRoute):
    """A route for the bearer of an access token."""

    def get_route_handler(self) -> Handler:
        """Return a handler that knows who asks before it reads anything."""
        handle = super().get_route_handler()

        async def identified(request: Request) -> Response:
            parts: Parts = request.app.state.parts
            request.scope["sakina.identity"] = await parts.identify(request)
            return await handle(request)

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
