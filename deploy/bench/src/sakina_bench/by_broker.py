"""A consumer at the broker, let in as `make consumer` does, by the library of the examples."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sakina_bench.arrivals import Arrivals
from sakina_bench.running import Running
from sakina_events import Event, Refused, SqliteStore, follow, replay
from sakina_local.broker import Broker
from sakina_local.home import Home
from sakina_local.ports import LOOPBACK
from sakina_stack.consumers import Consumers

NAME, TOPICS, VHOST = "bench", ["practice.#"], "sakina"
SETTLE_SECONDS = 1.0


@contextmanager
def consumer(system: Running) -> Iterator[str]:
    """Have a consumer of what is announced of practice from now on; its URL."""
    broker = Broker(system.home / "rabbitmq", Home(system.home).broker_ports(), {})
    consumers = Consumers(broker.address.control, VHOST)
    password = consumers.add(NAME, TOPICS)
    try:
        yield f"amqp://{NAME}:{password}@{LOOPBACK}:{broker.port}/{VHOST}"
    finally:
        consumers.remove(NAME)


@contextmanager
def listening(url: str) -> Iterator[Arrivals]:
    """Follow what happens from now on by the consumer's `url`."""
    arrivals = Arrivals()
    over = threading.Event()

    def take(event: Event) -> None:
        if over.is_set():
            raise _Enough
        arrivals.heard(event.type, event.time, time.time())

    def run() -> None:
        try:
            follow(url, TOPICS, take)
        except (_Enough, Refused):
            return

    threading.Thread(target=run, daemon=True).start()
    time.sleep(SETTLE_SECONDS)
    yield arrivals
    over.set()  # it ends with the next event, or with its consumer


def replayed(url: str, most: int) -> float:
    """Return how many events a second are applied by `replay`, from the first that is kept.

    Each is remembered beside the place in a new SQLite file, as a consumer does whose effects
    happen once.

    Args:
        url: The consumer's.
        most: After so many it ends; there are to be as many.
    """
    done, began = 0, 0.0

    def apply(_event: Event, _hands: Any) -> None:
        nonlocal done, began
        began = began or time.monotonic()
        done += 1
        if done == most:
            raise _Enough

    with tempfile.TemporaryDirectory(prefix="sakina-bench-") as folder:
        store = SqliteStore(Path(folder) / "replayed.db")
        try:
            replay(url, "first", store, apply)
        except _Enough:
            return most / (time.monotonic() - began)


class _Enough(Exception):
    """It has been listened long enough."""
