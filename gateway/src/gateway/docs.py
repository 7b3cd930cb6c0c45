"""Interactive documentation that needs no internet: Swagger UI, served from its package."""

from importlib.resources import files
from pathlib import PurePosixPath

from fastapi import FastAPI, Response
from starlette.requests import Request

from contracts.refusals import NotFound
from gateway.problem import problem

# The package brings the assets of Swagger UI (Apache-2.0); nothing else of it is used.
_ASSETS = files("fastapi_offline").joinpath("static")
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
_NAMES = ("swagger-ui-bundle.js", "swagger-ui.css")

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sakina API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""
# Swagger UI styles its elements in place, and draws its icons from data.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "public, max-age=3600"}


def mount_docs(app: FastAPI) -> None:
    """Serve /docs, its assets, and /openapi.json."""
    assets = {name: _ASSETS.joinpath(name).read_bytes() for name in _NAMES}
    assets["start.js"] = _START.encode()

    async def page(_: Request) -> Response:
        return Response(_PAGE, headers=_HEADERS, media_type="text/html")

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in assets:
            return problem(NotFound("There is no such asset."), request.scope)
        media_type = _MEDIA_TYPES[PurePosixPath(name).suffix]
        return Response(assets[name], headers=_HEADERS, media_type=media_type)

    app.add_route("/docs", page, methods=["GET"], include_in_schema=False)
    app.add_route("/docs/assets/{name}", asset, methods=["GET"], include_in_schema=False)
