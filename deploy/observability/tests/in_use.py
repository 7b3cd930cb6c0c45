"""A few people who use the system all the time, in every way that a dashboard shows."""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from listening import Listener
from people import Person, ok, sign_up
from receiving import Endpoint, endpoint

PAUSE_SECONDS = 0.3


@contextmanager
def in_use(url: str) -> Iterator[None]:
    """Have the system at `url` used for the length of the block."""
    with httpx.Client(base_url=url, timeout=30) as http, endpoint() as taking:
        layla = sign_up(http)
        made = ok(layla.post("/api/webhooks/", {"url": taking.url}), 201)
        taking.secret = made["secret"]
        over = threading.Event()
        using = threading.Thread(target=_use, args=(url, http, layla, taking, over), daemon=True)
        using.start()
        try:
            yield
        finally:
            over.set()
            using.join(60)


def _use(
    url: str, http: httpx.Client, layla: Person, taking: Endpoint, over: threading.Event
) -> None:
    while not over.wait(PAUSE_SECONDS):
        # Whoever breaks the system breaks this, too.
        with contextlib.suppress(httpx.HTTPError, AssertionError, OSError):
            _act(url, http, layla)


def _act(url: str, http: httpx.Client, layla: Person) -> None:
    """Do, refuse, log in, be told by a webhook and by a stream."""
    with Listener(url, layla.access) as listener:
        layla.meditate(5)
        listener.event()
    layla.get("/api/khatmas/")
    layla.get("/api/khatmas/999999999/")
    http.post("/api/login/", json={"email": layla.email, "password": "not-the-right-one"})
    khatma = layla.new_khatma()["id"]
    ok(layla.delete(f"/api/khatmas/{khatma}/"), 204)
