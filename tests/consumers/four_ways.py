"""The four ways by which one person follows what happens, each with all that came by it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
from listening import Listener
from made_up import MadeUp, Reader
from receiving import endpoint

from sakina_events import Event, Refused, follow

FEED = "/api/activity/"
LOOK_SECONDS = 0.2
EACH_STREAM = 15
"""Events that come by one stream before its reader closes it, to go on by another."""

Envelope = dict[str, Any]
_AWAY = (httpx.HTTPError, AssertionError)
"""What a way raises that is cut off, or finds Sakina away; it tries again."""


class Bus:
    """All that happens, as the broker gives it to a consumer of everything."""

    def __init__(self, url: str) -> None:
        self.events: list[Envelope] = []
        self._url = url
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def ended(self, seconds: float) -> bool:
        """Return whether it ends, once its consumer was removed."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _follow(self) -> None:
        try:
            follow(self._url, "#", self._take)
        except Refused:
            return

    def _take(self, event: Event) -> None:
        self.events.append(dict(event.envelope))


class Ways:
    """Feed, two streams and a webhook of one person.

    Attributes:
        reader: Whose they are.
        seen: What came by each, in its order, by its name.
        failures: What went wrong by the way; each went on from where it was.
    """

    def __init__(self, url: str, reader: Reader, webhook: Sequence[Envelope]) -> None:
        self.reader = reader
        self.seen: dict[str, Sequence[Envelope]] = {"webhook": webhook}
        self.failures: list[str] = []
        self._url = url
        self._stop = threading.Event()
        self._begun = [
            self._begin(name, way)
            for name, way in (
                ("feed", self._feed),
                ("stream by token", self._stream),
                ("stream by ticket", self._stream_by_ticket),
            )
        ]

    def have_begun(self) -> bool:
        """Return whether each has a place to go on from."""
        return all(begun.is_set() for begun in self._begun)

    def end(self) -> None:
        """Let each end when it has done what it does."""
        self._stop.set()

    def _begin(
        self, name: str, way: Callable[[list[Envelope], threading.Event], None]
    ) -> threading.Event:
        events: list[Envelope] = []
        begun = threading.Event()
        self.seen[name] = events
        threading.Thread(target=way, args=(events, begun), daemon=True).start()
        return begun

    def _feed(self, events: list[Envelope], begun: threading.Event) -> None:
        after = ""
        with self._http() as http:
            while not self._stop.is_set():
                asked = {"after": after} if after else {"newest": "true"}
                try:
                    page = http.get(FEED, params=asked)
                    assert page.status_code == 200, page.text
                except _AWAY as failure:
                    self._away(failure)
                    continue
                if begun.is_set():
                    events += page.json()["events"]
                after = page.json()["next"]
                begun.set()
                if not page.json().get("more"):
                    self._stop.wait(LOOK_SECONDS)

    def _stream(self, events: list[Envelope], begun: threading.Event) -> None:
        last = ""

        def opened() -> Listener:
            return Listener(self._url, self.reader.access, last)

        while not self._stop.is_set():
            last = self._listen(opened, last, events, begun)

    def _stream_by_ticket(self, events: list[Envelope], begun: threading.Event) -> None:
        last = ""
        with self._http() as http:

            def opened() -> Listener:
                made = http.post(f"{FEED}tickets/")
                assert made.status_code == 201, made.text
                place = {"after": last} if last else {}
                return Listener(self._url, ticket=made.json()["ticket"], **place)

            while not self._stop.is_set():
                last = self._listen(opened, last, events, begun)

    def _listen(
        self,
        opened: Callable[[], Listener],
        last: str,
        events: list[Envelope],
        begun: threading.Event,
    ) -> str:
        """Read some of a stream, and return where the next one goes on."""
        try:
            listener = opened()
            with listener:
                last = listener.last
                begun.set()
                for number, (name, data) in enumerate(listener.events(), start=1):
                    if name == data.get("type"):  # none of the stream about itself
                        events.append(data)
                    last = listener.last
                    if number == EACH_STREAM or self._stop.is_set():
                        break
        except _AWAY as failure:
            self._away(failure)
        return last

    def _away(self, failure: Exception) -> None:
        self.failures.append(repr(failure)[:300])
        self._stop.wait(LOOK_SECONDS)

    def _http(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.reader.access}"}
        return httpx.Client(base_url=self._url, headers=headers, timeout=30)


@contextmanager
def followed(system: MadeUp, readers: Sequence[Reader]) -> Iterator[list[Ways]]:
    """Have each of `readers` follow by all ways, as long as the context lasts."""
    with ExitStack() as stack:
        made = []
        for reader in readers:
            taking = stack.enter_context(endpoint())
            taking.secret = str(reader.act("/api/webhooks/", {"url": taking.url})["secret"])
            made.append(Ways(system.url, reader, taking.events))
            stack.callback(made[-1].end)
        yield made
