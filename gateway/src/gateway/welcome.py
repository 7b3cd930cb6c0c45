"""What is at the root: a short page for people, and the same links as JSON for programs."""

from html import escape

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from gateway.scriptless import ScriptlessPage

_NAME = "Sakina"
_ABOUT = "One API for daily practice: meditation sessions and Quran khatmas."
_LINKS = {
    "live": ("/live", "A page to use it: khatmas as they are read, practice, the leaderboard"),
    "docs": ("/docs", "The documentation, to read and to try"),
    "openapi": ("/openapi.json", "The same as an OpenAPI document"),
    "events": ("/docs/events", "What happens: every event, its meaning, fields and an example"),
    "asyncapi": ("/asyncapi.json", "The same as an AsyncAPI document"),
    "health": ("/healthz", "Is the process alive?"),
    "ready": ("/readyz", "Is the system ready, part by part?"),
}
_STYLE = "main{max-width:34rem;margin:12vh auto;padding:0 1.5rem}li{margin:.4rem 0}"
_ITEMS = "\n".join(
    f'<li><a href="{address}">{escape(text)}</a></li>' for address, text in _LINKS.values()
)
_PAGE = ScriptlessPage(
    _NAME,
    _STYLE,
    f"<main>\n<h1>{_NAME}</h1>\n<p>{_ABOUT}</p>\n<ul>\n{_ITEMS}\n</ul>\n</main>",
)
_JSON = orjson.dumps(
    {"name": _NAME, "description": _ABOUT, "links": {name: at for name, (at, _) in _LINKS.items()}}
)
_HEADERS = {"Vary": "Accept", "Cache-Control": "public, max-age=3600"}


def mount_welcome(app: FastAPI) -> None:
    """Serve the page, or the JSON, at the root."""

    async def welcome(request: Request) -> Response:
        if prefers_html(",".join(request.headers.getlist("accept"))):
            return Response(_PAGE.content, headers=_PAGE.headers | _HEADERS, media_type="text/html")
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
