"""What is at the root: a short page for people, and the same links as JSON for programs.

Nothing is fetched from elsewhere and nothing is run: the policy allows this page's own style alone.
"""

import base64
import hashlib
from html import escape

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

_NAME = "Sakina"
_ABOUT = "One API for daily practice: meditation sessions and Quran khatmas."
_LINKS = {
    "docs": ("/docs", "The documentation, to read and to try"),
    "openapi": ("/openapi.json", "The same as an OpenAPI document"),
    "health": ("/healthz", "Is the process alive?"),
    "ready": ("/readyz", "Is the system ready, part by part?"),
}
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem}"
    "h1{font-weight:600}li{margin:.4rem 0}"
)
_ITEMS = "\n".join(
    f'<li><a href="{address}">{escape(text)}</a></li>' for address, text in _LINKS.values()
)
_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_NAME}</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{_NAME}</h1>
<p>{_ABOUT}</p>
<ul>
{_ITEMS}
</ul>
</main>
</body>
</html>
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_JSON = orjson.dumps(
    {"name": _NAME, "description": _ABOUT, "links": {name: at for name, (at, _) in _LINKS.items()}}
)
_HEADERS = {"Vary": "Accept", "Cache-Control": "public, max-age=3600"}


def mount_welcome(app: FastAPI) -> None:
    """Serve the page, or the JSON, at the root."""

    async def welcome(request: Request) -> Response:
        if prefers_html(",".join(request.headers.getlist("accept"))):
            headers = {**_HEADERS, "Content-Security-Policy": _POLICY}
            return Response(_PAGE, headers=headers, media_type="text/html")
        return Response(_JSON, headers=_HEADERS, media_type="application/json")

    app.add_route("/", welcome, methods=["GET"], include_in_schema=False)


def prefers_html(accept: str) -> bool:
    """Whether the header Accept puts HTML before JSON (RFC 9110, 12.5.1).

    Browsers do. Who takes both alike, or says nothing, is a program.
    """
    weights: dict[str, float] = {}
    for part in accept.split(","):
        media_range, *parameters = (word.strip().lower() for word in part.split(";"))
        weights[media_range] = _weight(parameters)
    return _of("text/html", weights) > _of("application/json", weights)


def _of(media_type: str, weights: dict[str, float]) -> float:
    main = media_type.partition("/")[0]
    for media_range in (media_type, f"{main}/*", "*/*"):
        if media_range in weights:
            return weights[media_range]
    return 0.0


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
