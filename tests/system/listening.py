"""Somebody who listens to their stream of activity, as a browser's EventSource does."""

import json
from types import TracebackType
from typing import Any, Self

import httpx

STREAM = "/api/activity/stream"


class Listener:
    """A stream that is open within the block.

    Args:
        url: The system's.
        access: The access token of who listens; none where a ticket stands in `query`.
        last: Sent as Last-Event-ID, if any.
        query: Words of the query.
    """

    def __init__(self, url: str, access: str = "", last: str = "", **query: str) -> None:
        headers = {"Authorization": f"Bearer {access}"} if access else {}
        headers |= {"Last-Event-ID": last} if last else {}
        self._http = httpx.Client(base_url=url, timeout=30)
        request = self._http.build_request("GET", STREAM, headers=headers, params=query)
        self.answer = self._http.send(request, stream=True)
        if self.answer.status_code != 200:
            self.answer.read()
        self._lines = self.answer.iter_lines()
        self.last = last

    def __enter__(self) -> Self:
        assert self.answer.status_code == 200, self.answer.text
        # What comes from now on is told: the stream has said where it begins.
        while not self.last:
            self._block()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.answer.close()
        self._http.close()

    def event(self) -> tuple[str, dict[str, Any]]:
        """Wait for the next event; return its name and its data."""
        while True:
            block = self._block()
            if block.get("event", "opened") != "opened":
                return block["event"], json.loads(block["data"])

    def until(self, name: str) -> dict[str, Any]:
        """Wait for an event called `name`; return its data."""
        while True:
            event, data = self.event()
            if event == name:
                return data

    def rest(self) -> list[tuple[str, dict[str, Any]]]:
        """Return all events up to the end of the stream."""
        events = []
        while block := self._block():
            if block.get("event", "opened") != "opened":
                events.append((block["event"], json.loads(block["data"])))
        return events

    def _block(self) -> dict[str, str]:
        block: dict[str, str] = {}
        for line in self._lines:
            if not line:
                break
            name, _, value = line.partition(":")
            block[name] = value.removeprefix(" ")
        self.last = block.get("id", self.last)
        return block
