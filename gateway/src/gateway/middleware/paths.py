"""One canonical path for each address, whichever way a client writes it.

Clients exist that leave the slash at the end out or put it in, and clients of the khatma
document that write its paths relative to a base URL: by `/api/api/…` or from the root. None of
them is redirected; the path is rewritten before anything looks at it. Clients that join a base
and a path make doubled slashes: they count as one, and `.` and `..` are resolved, as Traefik's
`sanitizePath` does, so that an address means the same with and without a proxy in front.
"""

import re
from posixpath import normpath

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.problem import nowhere, problem

_KHATMA_DOCUMENT = frozenset(
    {
        "signup", "login", "refresh", "khatmas", "sessions", "stats",
        "achievements", "notifications", "dashboard", "user",
    }
)  # fmt: skip
"""The first words of the khatma document's paths, below its base URL."""
# / \ NUL ; % ? # in an encoded form, and a % that encodes nothing.
_AMBIGUOUS = re.compile(rb"%(?:2[f35]|5c|00|3[bf]|(?![0-9a-f]{2}))", re.IGNORECASE)


def canonical(path: str) -> str:
    """Return the documented form of `path`: below `/api/` with a slash at its end, else without."""
    if "//" in path or "/." in path:
        path = normpath("/" + path.lstrip("/"))
    bare = path.rstrip("/") if path.endswith("/") else path
    if bare.startswith("/api/api/") and _first(bare, 9) in _KHATMA_DOCUMENT:
        bare = bare[4:]
    elif not bare.startswith("/api/") and _first(bare, 1) in _KHATMA_DOCUMENT:
        bare = f"/api{bare}"
    return f"{bare}/" if bare.startswith("/api/") else bare or "/"


def _first(path: str, start: int) -> str:
    end = path.find("/", start)
    return path[start:] if end < 0 else path[start:end]


class CanonicalPaths:
    """Rewrites the path of each request to its canonical form.

    A path with a character that two readers may read in two ways is nowhere: Traefik refuses it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its canonical path, or answer that there is none."""
        if scope["type"] == "http":
            if b"%" in (raw := scope["raw_path"]) and _AMBIGUOUS.search(raw):
                return await problem(nowhere(), scope)(scope, receive, send)
            scope["path"] = canonical(scope["path"])
        return await self._app(scope, receive, send)
