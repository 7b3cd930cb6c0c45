"""An answer leaves in one write, and what is no whole answer is left to the server."""

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.answering import Answering

JSON = [(b"content-type", b"application/json")]


class Answered:
    """An answer, and what was written of it."""

    def __init__(self, method: str = "GET", *, keep_alive: bool = True) -> None:
        self.writes: list[bytes] = []
        self.ends = 0
        transport: Any = SimpleNamespace(write=self.writes.append, close=lambda: None)
        self.cycle = RequestResponseCycle(
            scope={"method": method},  # type: ignore[arg-type, typeddict-item]
            transport=transport,
            flow=SimpleNamespace(write_paused=False),  # type: ignore[arg-type]
            logger=logging.getLogger(),
            access_logger=logging.getLogger(),
            access_log=False,
            default_headers=[(b"date", b"today")],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=self._ended,
        )

    def _ended(self) -> None:
        self.ends += 1

    def send(self, status: int, headers: list[tuple[bytes, bytes]], *bodies: bytes) -> list[bytes]:
        async def sent() -> None:
            answering = Answering(self.cycle)
            start = {"type": "http.response.start", "status": status, "headers": headers}
            await answering.send(start)
            for number, body in enumerate(bodies, 1):
                more = number < len(bodies)
                await answering.send(
                    {"type": "http.response.body", "body": body, "more_body": more}
                )

        asyncio.run(sent())
        return self.writes


def length(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-length", b"%d" % len(body)), *JSON]


def test_head_and_body_leave_in_one_write() -> None:
    answered = Answered()
    assert answered.send(200, length(b"{}"), b"{}") == [
        b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 2\r\n"
        b"content-type: application/json\r\n\r\n{}"
    ]
    assert answered.cycle.response_complete
    assert answered.ends == 1


def test_head_alone_where_nobody_wants_the_body() -> None:
    (written,) = Answered("HEAD").send(200, length(b"{}"), b"{}")
    assert written.endswith(b"\r\n\r\n")
    assert b"content-length: 2" in written


@pytest.mark.parametrize("status", [204, 304])
def test_what_has_no_body_has_no_length(status: int) -> None:
    (written,) = Answered().send(status, [(b"etag", b'"1"')], b"")
    assert written.endswith(b'etag: "1"\r\n\r\n')
    assert b"chunked" not in written


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\0b", b"a\x7fb"])
def test_no_header_ends_its_line(value: bytes) -> None:
    answered = Answered()
    with pytest.raises(RuntimeError):
        answered.send(200, [*length(b"{}"), (b"location", value)], b"{}")
    assert not answered.writes


def test_a_body_of_another_length_is_refused() -> None:
    with pytest.raises(RuntimeError):
        Answered().send(200, length(b"{}"), b"{} ")


def test_what_comes_in_parts_is_sent_in_parts() -> None:
    written = Answered().send(200, JSON, b"one", b"two")
    assert b"transfer-encoding: chunked" in written[0]
    assert b"".join(written).endswith(b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


def test_a_connection_that_ends_says_so() -> None:
    written = b"".join(Answered(keep_alive=False).send(200, length(b"{}"), b"{}"))
    assert b"connection: close" in written
