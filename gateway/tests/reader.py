"""A reader of server-sent events, as the HTML Standard has them read."""

import http.client
import json
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

PATIENCE_SECONDS = 60.0
"""How long a test reads one stream."""


@dataclass(frozen=True)
class Block:
    """What stands between two empty lines."""

    id: str | None = None
    event: str | None = None
    data: Any = None
    retry: int | None = None
    is_comment: bool = False


class Reader:
    """A stream of the gateway at `url`.

    Args:
        url: The gateway's.
        token: Sent as a bearer, if any.
        last: Sent as Last-Event-ID, if any.
        query: Words of the query.
    """

    def __init__(self, url: str, token: str = "", last: str = "", **query: str) -> None:
        # Streams of a record that is no more end before they begin, and are opened anew: as told.
        for _ in range(20):
            self._open(url, token, last, query)
            self._said = self._answer.read() if self.status == 503 else b""
            if b"before it began" not in self._said:
                break
            self.leave()

    def _open(self, url: str, token: str, last: str, query: dict[str, str]) -> None:
        address = urlsplit(url)
        self._line = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Last-Event-ID": last} if last else {}
        words = f"?{urlencode(query)}" if query else ""
        self._line.request("GET", f"/api/activity/stream{words}", headers=headers)
        self._answer = self._line.getresponse()
        self.status = self._answer.status
        self.headers = {name.lower(): value for name, value in self._answer.getheaders()}
        self.last = last
        self._deadline = time.monotonic() + PATIENCE_SECONDS

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Go, without a word."""
        self._answer.close()
        self._line.close()

    @property
    def socket(self) -> socket.socket:
        sock: socket.socket = self._answer.fp.raw._sock  # type: ignore[union-attr]
        return sock

    def problem(self) -> Any:
        """What was answered instead of a stream."""
        return json.loads(self._said or self._answer.read())

    def block(self) -> Block | None:
        """Read the next block; None at the end of the stream."""
        fields: dict[str, str] = {}
        is_comment = False
        while (line := self._answer.readline()) not in (b"\n", b""):
            name, _, value = line.decode().rstrip("\n").partition(":")
            is_comment |= not name
            fields[name] = value.removeprefix(" ")
        if not line and not fields and not is_comment:
            return None
        assert line, f"it broke off in {fields}"
        self.last = fields.get("id", self.last)
        return Block(
            id=fields.get("id"),
            event=fields.get("event"),
            data=json.loads(fields["data"]) if "data" in fields else None,
            retry=int(fields["retry"]) if "retry" in fields else None,
            is_comment=is_comment,
        )

    def event(self) -> Block:
        """Read the next event."""
        while True:
            block = self.block()
            assert block is not None, "the stream ended"
            assert not block.is_comment or self._is_patient(), "nothing happened"
            if block.event not in (None, "opened"):
                return block

    def rest(self) -> list[Block]:
        """Read the events up to the end."""
        events = []
        while (block := self.block()) is not None:
            assert self._is_patient(), "the stream goes on"
            if block.event not in (None, "opened"):
                events.append(block)
        return events

    def _is_patient(self) -> bool:
        return time.monotonic() < self._deadline
