"""Requests whose head no server should act on, and what is asked of the server as a whole."""

import re

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from contracts.refusals import Invalid, Refusal
from gateway.head import head_of
from gateway.problem import Plain, closing_problem
from gateway.protocol import (
    HEAD_BYTES,
    METHODS,
    REFUSAL,
    TARGET_BYTES,
    headers_too_long,
    target_too_long,
)

# RFC 3986, 3.2.2 and 3.2.3: a name or an address in brackets, and a port.
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(:[0-9]{0,5})?")


_ONCE = {
    name.lower().encode(): name
    for name in (
        "Authorization", "Content-Length", "Content-Type", "Idempotency-Key", "If-Modified-Since",
        "If-Unmodified-Since", "Last-Event-ID", "Origin", "X-Request-Id",
    )
}  # fmt: skip
"""What is heeded here and is no list: in two lines, readers differ in which one counts."""


class SoundHeads:
    """Refuses a head that RFC 9112 does not allow, or that is too long."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer what is wrong with it and close the connection."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        refusal = unsound(scope)
        if refusal is not None:
            return await closing_problem(refusal, scope)(scope, receive, send)
        if scope["path"] == "*":
            everything = Response(status_code=204, headers={"Allow": ", ".join(METHODS)})
            return await everything(scope, receive, send)
        return await self._app(scope, receive, send)


def unsound(scope: Scope) -> Refusal | None:
    """Return what is wrong with the head of a request, or None."""
    if REFUSAL in scope:
        refused: Refusal = scope[REFUSAL]
        return refused
    head, lines = head_of(scope), scope["headers"]
    if len(head) < len(lines) and (name := _repeated(lines)) is not None:
        return _twice(name)
    length = sum(len(name) + len(value) for name, value in lines)
    if length > HEAD_BYTES:
        return headers_too_long()
    if scope["http_version"] not in ("1.1", "1.0"):
        return Plain(505, "Send the request in HTTP/1.1.")
    return (
        _wrong_host(scope)
        or _wrong_target(scope)
        or _wrong_coding(head.get(b"transfer-encoding", b"chunked").strip().lower())
    )


def _repeated(lines: list[tuple[bytes, bytes]]) -> bytes | None:
    seen: set[bytes] = set()
    for name, _ in lines:
        if name in _ONCE and name in seen:
            return name
        seen.add(name)
    return None


def _twice(name: bytes) -> Refusal:
    """RFC 9110, 5.3: only what is defined as a list may come in several lines."""
    shown = _ONCE[name]
    return Invalid(
        f"The header {shown} came more than once. Send it once.",
        errors={shown: ["Is there more than once. Send it once."]},
    )


def _wrong_host(scope: Scope) -> Refusal | None:
    """RFC 9112, 3.2: exactly one, but for HTTP/1.0, which did not know it."""
    host = head_of(scope).get(b"host")
    if host is None and scope["http_version"] == "1.0":
        return None
    if host is not None and _HOST.fullmatch(host) and _is_single(b"host", scope):
        return None
    return Plain(400, "Send exactly one header Host, with the name or address of this server.")


def _is_single(name: bytes, scope: Scope) -> bool:
    lines = scope["headers"]
    return len(head_of(scope)) == len(lines) or sum(line[0] == name for line in lines) == 1


def _wrong_target(scope: Scope) -> Refusal | None:
    path: bytes = scope.get("raw_path") or b""
    if len(path) + len(scope["query_string"]) > TARGET_BYTES:
        return target_too_long()
    if path == b"*" and scope["method"] != "OPTIONS":
        return Plain(400, "Only OPTIONS can be asked of *. Send a path.")
    return None


def _wrong_coding(coding: bytes) -> Refusal | None:
    if coding == b"chunked":
        return None
    return Plain(501, "Send the body as it is, or with Transfer-Encoding: chunked alone.")
