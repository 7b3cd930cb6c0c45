"""HTTP/1.1 on one connection: uvicorn's protocol, and what RFC 9110 and 9112 ask beyond it.

- An offer to speak another protocol is declined by serving the request (RFC 9110, 7.8). The parser
  stops behind the head of such a request, so its head is read again without the offer.
- What the parser refuses is answered by the application, as any refusal, when its turn comes.
- A head is bounded in length and in time.
- Who says no more is still answered what they asked for: each side of a connection ends by itself.
"""

import asyncio
import re
from typing import Any, cast

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from contracts.refusals import Refusal
from gateway.answering import Answering
from gateway.lingering import Lingering
from gateway.problem import Plain
from gateway.streams.wire import CONNECTION, Wire

REFUSAL = "sakina.refusal"
"""Where a request's scope says that it is no request, and why."""
UNREAD = "sakina.unread"
"""In the scope of what could not be read as a request: its method is made up."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HEAD_BYTES = 32 * 1024
TARGET_BYTES = 8 * 1024
READ_BYTES = 128 * 1024
"""How much of an address that is too long is read, to find the head's origin behind it."""
HEAD_SECONDS = 10.0
LAST_SECONDS = 1.0
"""How long a connection that says nothing yet is waited for when the process ends."""

_ABSOLUTE = re.compile(rb"(?i:https?)://[^/?#]+")
# RFC 9110, 5.6.2 and 9.1: any token may be a method.
_REQUEST = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) [!-~]+ HTTP/1\.[0-9]\r\n")
# RFC 9110, 2.5: a later minor version is understood by whoever knows this one.
_LATER = re.compile(r"1\.[2-9]")
_PREFLIGHT = frozenset({b"origin", b"access-control-request-method"})
_Headers = list[tuple[bytes, bytes]]


class Protocol(HttpToolsProtocol):
    """One connection with a client."""

    transport: Lingering  # type: ignore[assignment]
    _in_head = _in_body = False
    _refused = _is_last = False
    has_ended = False
    """Whether the client says no more."""
    _head_bytes = _target_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    wire: Wire | None = None
    """What a stream is written by, where this connection carries one."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, with as much patience for the first request as for any other."""
        super().connection_made(cast(asyncio.Transport, Lingering(transport, self.loop)))
        _relax(self.parser)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_timer()
        if self.wire is not None:
            self.wire.lost()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End with the process: at once, or after the answer that is being made.

        A stream is such an answer without an end: it is told to make one. Who has just connected
        may have sent a request that is not read yet, and would be told of none of its fate.
        """
        self._is_last = True
        if self.wire is not None:
            self.wire.hurry()
        elif self.cycle is None or self._in_head:
            self.loop.call_later(LAST_SECONDS, self._end_unused)
        else:
            self._end_unused()

    def _end_unused(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close_at_once()
        else:
            super().shutdown()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """The client says no more, as `nc -N` does, and may yet read; or has gone: both look alike.

        Returns:
            Whether the connection stays until what was asked for as a whole is answered.
        """
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if not is_answering or self._in_body or self.transport.is_closing():
            return None
        self._stop_timer()
        self._in_head = False
        self.cycle.keep_alive = False
        self.has_ended = True
        self.transport.peer_ended()
        if self.wire is not None:
            self.wire.half_closed()
        return True

    def data_received(self, data: bytes) -> None:
        """Read `data`: a part of a request, or several of them."""
        if self._refused or self.transport.is_closing():
            self.transport.throw_away(data)
            return
        self._unset_keepalive_if_required()
        began_before = self._in_head
        try:
            self._read(data)
            if self._in_head and began_before:
                self._bound_head(len(data))
        except Refusal as refusal:
            self._refuse(refusal)
        except httptools.HttpParserError as error:
            self._refuse(_reason(error, data))
        if not self._in_head:
            self._stop_timer()
            if self.cycle is None or self.cycle.response_complete:
                self._await_request()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes, self._target_bytes = True, 0, 0

    def on_url(self, url: bytes) -> None:
        """Keep as much of the address as shows whether it is too long."""
        super().on_url(url[: TARGET_BYTES + 1 - len(self.url)])
        self._target_bytes += len(url)

    def on_headers_complete(self) -> None:
        """Begin to serve the request, unless its head must be read without an offer first."""
        self._in_head = False
        if self.parser.should_upgrade():
            return
        if len(self.url) > TARGET_BYTES:
            if not self._is_preflight():
                raise target_too_long()
            # Else no page could read the refusal of what it asks for; the answer is any path's.
            self.url = b"/"
        self.url = _origin_form(self.url)
        super().on_headers_complete()
        if self._is_last:
            self.cycle.keep_alive = False
        if _LATER.fullmatch(self.scope["http_version"]):
            self.scope["http_version"] = "1.1"
        self._in_body = True

    def on_message_complete(self) -> None:
        """The request is whole, unless it was read as far as an offer only."""
        if not self.parser.should_upgrade():
            self._in_body = False
            super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        cycle.send = Answering(cycle).send  # type: ignore[assignment, method-assign]
        cast(dict[str, Any], cycle.scope)[CONNECTION] = self, cycle
        super()._start_asgi_task(cycle, app)

    def _read(self, data: bytes) -> None:
        while True:
            try:
                return self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                method = self.parser.get_method()
                if method == b"CONNECT":
                    raise Plain(501, "There is no way through here to another server.") from None
                declined = [pair for pair in self.headers if pair[0] != b"upgrade"]
                version = self.parser.get_http_version().encode()
                self._read_head(method, self.url, version, declined)
                data = data[offer.args[0] :]

    def _read_head(self, method: bytes, url: bytes, version: bytes, headers: _Headers) -> None:
        """Go on as if this had come; what follows it is read next."""
        self.parser = httptools.HttpRequestParser(self)
        _relax(self.parser)
        lines = [b"%b: %b\r\n" % pair for pair in headers]
        self.parser.feed_data(b"%b %b HTTP/%b\r\n%b\r\n" % (method, url, version, b"".join(lines)))

    def _is_preflight(self) -> bool:
        names = {name for name, _ in self.headers}
        return self.parser.get_method() == b"OPTIONS" and names >= _PREFLIGHT

    def _bound_head(self, length: int) -> None:
        self._head_bytes += length
        if self._target_bytes > READ_BYTES:
            raise target_too_long()
        if self._head_bytes - self._target_bytes > HEAD_BYTES:
            raise headers_too_long()

    def _refuse(self, refusal: Refusal) -> None:
        """Let the application answer `refusal`, after what came before it, and read no more."""
        if not self._in_body:
            # What is known of it: a page that asked may read the refusal by its origin.
            url = self.url if self._in_head and len(self.url) <= TARGET_BYTES else b""
            origin = [pair for pair in self.headers or () if pair[0] == b"origin"]
            self._in_head = False
            self._read_head(b"GET", b"/", b"1.1", origin)
            path = self.cycle.scope["raw_path"] = url.partition(b"?")[0]
            self.cycle.scope["path"] = path.decode("latin-1")
            cast(dict[str, Any], self.cycle.scope)[UNREAD] = True
        elif self.cycle.response_complete:
            self.transport.close()
        self._refused = True
        cast(dict[str, Any], self.cycle.scope)[REFUSAL] = refusal
        self.cycle.keep_alive = False
        self.cycle.more_body = False
        self.cycle.message_event.set()

    def _await_request(self) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _too_slow(self) -> None:
        self._head_timer = None
        self._refuse(Plain(408, "The request did not arrive in time."))

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def _relax(parser: httptools.HttpRequestParser) -> None:
    """Let through one more request behind the last one, as uvicorn has it, and any version.

    Which versions are served is said where heads are judged.
    """
    parser.set_dangerous_leniencies(lenient_data_after_close=True, lenient_version=True)


def _origin_form(target: bytes) -> bytes:
    """Return the path and query of `target`, which a proxy's client writes as a whole address.

    RFC 9112, 3.2.2. Raises Plain for what is no target at all.
    """
    if b"#" in target:
        raise Plain(400, "The address holds a fragment (#). Send the part before it.")
    absolute = _ABSOLUTE.match(target)
    if absolute is None:
        return target
    rest = target[absolute.end() :]
    return rest if rest.startswith(b"/") else b"/" + rest


def target_too_long() -> Plain:
    """Return the refusal of a path and query of more than `TARGET_BYTES`."""
    return Plain(414, f"The address is longer than {TARGET_BYTES} bytes. Send less.")


def headers_too_long() -> Plain:
    """Return the refusal of headers of more than `HEAD_BYTES`."""
    return Plain(431, f"The headers are longer than {HEAD_BYTES} bytes. Send less.")


def _reason(error: httptools.HttpParserError, data: bytes) -> Refusal:
    """Return why the parser stopped in `data`; what we raised inside of it is the context."""
    if isinstance(error.__context__, Refusal):
        return error.__context__
    if isinstance(error, httptools.HttpParserInvalidURLError):
        return Plain(
            400,
            "This is no address. Begin it with / and percent-encode what is not ASCII: write é as "
            "%C3%A9 (RFC 3986).",
        )
    if isinstance(error, httptools.HttpParserInvalidMethodError):
        begun = _REQUEST.match(data)
        # Else it is no request, or something behind one that was understood.
        if begun is not None and begun[1].decode() not in METHODS:
            return Plain(501, "No address here takes this method. OPTIONS * says which there are.")
    return Plain(400, "This is not an HTTP/1.1 request that can be understood. Correct it.")
