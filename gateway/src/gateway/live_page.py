"""Sakina's own page, /live: files of the folder `live`, as they are.

They are plain modules and style sheets, so nothing builds them; nothing comes from elsewhere, and
nothing is run but what stands in these files.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from fastapi import FastAPI, Response
from starlette.requests import Request

from contracts.refusals import NotFound
from gateway.problem import problem
from gateway.published import Published

FOLDER = files("gateway").joinpath("live")
INDEX = "index.html"
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# No word that comes from elsewhere can become code or a form's address, even where a script of
# ours had a fault: there is no way from a text to markup (Trusted Types, of which it makes none).
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
# Asked for each time, and mostly answered by a 304: a new release is seen as a whole, at once.
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}


def mount_live_page(app: FastAPI) -> None:
    """Serve the page and its files."""
    served = {file.name: _published(file) for file in FOLDER.iterdir() if _is_served(file)}

    async def page(request: Request) -> Response:
        return served[INDEX].answer(request)

    async def part(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in served:
            return problem(NotFound("There is no such file."), request.scope)
        return served[name].answer(request)

    app.add_route("/live", page, methods=["GET"], include_in_schema=False)
    app.add_route("/live/{name}", part, methods=["GET"], include_in_schema=False)


def _is_served(file: Traversable) -> bool:
    return PurePosixPath(file.name).suffix in _MEDIA_TYPES


def _published(file: Traversable) -> Published:
    media_type = _MEDIA_TYPES[PurePosixPath(file.name).suffix]
    return Published(file.read_bytes(), media_type, _HEADERS)
