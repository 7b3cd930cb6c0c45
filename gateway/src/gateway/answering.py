"""Sending an answer: its head and its body leave in one write.

The server writes them one after the other: two system calls, of which the first wakes the client
for half of an answer, and each header is searched twice for what may not be in it.
"""

from typing import Any

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

# What no header may hold (RFC 9110, 5.5), but for the ends of lines, which are counted.
_CONTROLS = bytes({*range(32), 127} - set(b"\t\r\n"))
_SAYS_HOW = frozenset({b"connection", b"transfer-encoding"})
_BODILESS = frozenset({204, 304})


class Answering:
    """The answer to one request.

    Args:
        cycle: The server's, which sends whatever is no whole answer on a connection that stays.
    """

    __slots__ = ("_cycle", "_head", "_send")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._send = cycle.send
        self._head: Message | None = None

    async def send(self, message: Message) -> None:
        """Send the next part of the answer, the head not before the body's beginning."""
        if message["type"] == "http.response.start" and not self._cycle.response_started:
            self._head = message
            return
        head, self._head = self._head, None
        if head is not None:
            whole = self._whole(head, message)
            if whole is not None:
                self._write(whole)
                return
            await self._send(head)  # type: ignore[arg-type]
        await self._send(message)  # type: ignore[arg-type]

    def _whole(self, head: Message, message: Message) -> bytes | None:
        """Return the answer as bytes, or None where there is more to say or to look at."""
        cycle, status, body = self._cycle, head["status"], message.get("body", b"")
        if message.get("more_body") or not cycle.keep_alive or cycle.disconnected:
            return None
        if cycle.flow.write_paused:
            return None
        headers = [*cycle.default_headers, *head["headers"]]
        named = dict(headers)
        if not _SAYS_HOW.isdisjoint(named):
            return None
        if cycle.scope["method"] == "HEAD":
            body = b""
        elif status in _BODILESS:
            if body:
                return None
        elif named.get(b"content-length") != b"%d" % len(body):
            return None
        lines = b"".join([b"%b: %b\r\n" % pair for pair in headers])
        return (
            b"%b%b\r\n%b" % (STATUS_LINE[status], lines, body) if _sound(lines, headers) else None
        )

    def _write(self, whole: bytes) -> None:
        cycle = self._cycle
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(whole)
        cycle.message_event.set()
        cycle.on_response()


def _sound(lines: bytes, headers: list[Any]) -> bool:
    """Whether each of `headers` is one line of `lines`."""
    ends = len(headers)
    return lines.count(b"\n") == lines.count(b"\r") == ends and lines == lines.translate(
        None, _CONTROLS
    )
