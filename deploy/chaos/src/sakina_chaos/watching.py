"""Who watches: the broker's stream, and by feed, stream and webhook each of some people."""

import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from sakina_chaos.people import Person
from sakina_chaos.record import Record
from sakina_chaos.story import BUS, FINISHED, LOGGED
from sakina_events import Refused
from sakina_events.links import Delivery
from sakina_events.store import Place
from sakina_events.stream import Stream
from sakina_local.ports import LOOPBACK

FEED = "/api/activity/"
LOOK_SECONDS = 0.4
QUIET_SECONDS = 30.0
logging.getLogger("sakina_events").setLevel(logging.ERROR)  # that the broker is away is known
_AWAY = (httpx.HTTPError, OSError)


class Bus:
    """Everything that the broker's stream holds, each time that it comes.

    Args:
        url: A consumer's of everything.
        record: Told of each event.
    """

    def __init__(self, url: str, record: Record) -> None:
        self._record = record
        self._place: Place | None = None
        self._offsets: set[tuple[int, str]] = set()
        self.garbage = 0
        """How many messages were no events."""
        self._stream = Stream(url, "first", lambda: self._place, self._take)
        threading.Thread(target=self._read, name="bus", daemon=True).start()

    def _read(self) -> None:
        try:
            self._stream.read()
        except Refused as refused:
            self._record.note("trouble", what=f"the bus is refused: {refused}")

    def _take(self, batch: Sequence[Delivery]) -> None:
        for each in batch:
            self._place = Place(each.offset, each.event_id)
            # After a reconnection some come again, which is no second publication.
            if (each.offset, each.event_id) not in self._offsets:
                self._offsets.add((each.offset, each.event_id))
                self.garbage += not _note(self._record, BUS, 0, each.body)


class Ways:
    """Feed, stream and webhook of one person, from now on.

    Args:
        person: Whose.
        record: Told of each event that they show.
    """

    def __init__(self, person: Person, record: Record) -> None:
        self._person = person
        self._record = record
        self._stop = threading.Event()
        self._begun = {"feed": threading.Event(), "stream": threading.Event()}
        ways: dict[str, Callable[[], None]] = {"feed": self._feed, "stream": self._stream}
        for name, way in ways.items():
            threading.Thread(target=way, name=name, daemon=True).start()
        for begun in self._begun.values():
            begun.wait(QUIET_SECONDS)

    def end(self) -> None:
        """End, when each has done what it does."""
        self._stop.set()

    def _feed(self) -> None:
        after = ""
        with self._http() as http:
            while not self._stop.is_set():
                asked = {"after": after} if after else {"newest": "true"}
                try:
                    answer = http.get(FEED, params=asked)
                    answer.raise_for_status()
                except _AWAY:
                    self._stop.wait(LOOK_SECONDS)
                    continue
                page = answer.json()
                if self._begun["feed"].is_set():
                    for event in page["events"]:
                        _note_event(self._record, "feed", self._person.id, event)
                after = page["next"]
                self._begun["feed"].set()
                if not page.get("more"):
                    self._stop.wait(LOOK_SECONDS)

    def _stream(self) -> None:
        last = ""
        with self._http() as http:
            while not self._stop.is_set():
                try:
                    with http.stream(
                        "GET", f"{FEED}stream", headers={"Last-Event-ID": last} if last else {}
                    ) as answer:
                        answer.raise_for_status()
                        for block in _blocks(answer.iter_lines()):
                            last = block.get("id", last)
                            self._begun["stream"].set()
                            self._show(block)
                            if self._stop.is_set():
                                return
                except _AWAY:
                    self._stop.wait(LOOK_SECONDS)

    def _show(self, block: dict[str, str]) -> None:
        name = block.get("event", "")
        event = json.loads(block.get("data", "null"))
        if name and isinstance(event, dict) and event.get("type") == name:
            _note_event(self._record, "stream", self._person.id, event)

    def _http(self) -> httpx.Client:
        return httpx.Client(
            base_url=self._person.url, headers=self._person.bearer, timeout=QUIET_SECONDS
        )


def _blocks(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Give the blocks of a stream of events; the last one, where it is cut off, does not count."""
    block: dict[str, str] = {}
    for line in lines:
        if not line:
            if block:
                yield block
            block = {}
            continue
        name, _, value = line.partition(":")
        block[name] = value.removeprefix(" ")


@contextmanager
def endpoint(person: Person, record: Record) -> Iterator[None]:
    """Have a webhook of a person, which leads to a server of one's own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            _note(record, "webhook", person.id, body)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, name="endpoint", daemon=True).start()
        person.must("POST", "/api/webhooks/", {"url": f"http://{LOOPBACK}:{server.server_port}/"})
        try:
            yield
        finally:
            server.shutdown()


@contextmanager
def watched(people: Sequence[Person], record: Record) -> Iterator[None]:
    """Watch by all ways what each of `people` may see, as long as the context lasts."""
    with ExitStack() as stack:
        for person in people:
            stack.enter_context(endpoint(person, record))
            stack.callback(Ways(person, record).end)
        yield


def _note(record: Record, by: str, who: int, body: bytes) -> bool:
    """Note an event, and return whether it is one."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(event, dict) or not {"id", "type", "subject", "sequence"} <= event.keys():
        return False
    _note_event(record, by, who, event)
    return True


def _note_event(record: Record, by: str, who: int, event: dict[str, Any]) -> None:
    if by != BUS and event["type"] not in (LOGGED, FINISHED):
        return
    data = event["data"]
    record.note(
        "event",
        by=by,
        who=who,
        id=event["id"],
        type=event["type"],
        source=event["source"],
        subject=event["subject"],
        sequence=event["sequence"],
        data={name: data[name] for name in ("session_id", "chapter") if name in data},
    )
