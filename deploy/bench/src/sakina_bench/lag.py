"""How long it takes from a commit to those who listen: by the broker, a stream and a webhook."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sakina_bench import by_broker, by_stream, by_webhook, steady
from sakina_bench.arrivals import Arrivals
from sakina_bench.measuring import Subject
from sakina_bench.person import Person
from sakina_bench.rows import SESSION, Ask
from sakina_bench.wrk import Load

LISTENING = 25
"""People who log sessions in turn, each of whom hears of their own."""
NEW_SESSION: Ask = ("/api/meditations/sessions/", SESSION)


@dataclass(frozen=True)
class Lag:
    """What came of a rate, events a second that were asked and that came; milliseconds."""

    way: str
    asked: float
    came: float
    p50: float
    p99: float


def people(subject: Subject) -> list[Person]:
    """Return those who log sessions and hear of them."""
    return subject.cast.logging_in[:LISTENING]


def sessions(subject: Subject, rate: float, seconds: float) -> Load:
    """Have them log sessions at `rate` a second."""
    tokens = [person.authorization for person in people(subject)]
    return steady.press(subject.system.url, [NEW_SESSION], tokens, seconds, rate)


def lags(subject: Subject, url: str, rates: Sequence[float], seconds: float) -> Iterator[Lag]:
    """Log sessions at each of `rates` and give how old they were when each way told of them.

    Args:
        subject: What is measured.
        url: A consumer's.
        rates: Sessions a second.
        seconds: For how long, each.
    """
    listeners = people(subject)
    ways: dict[str, Callable[[], AbstractContextManager[Arrivals]]] = {
        "AMQP consumer": lambda: by_broker.listening(url),
        "stream": lambda: by_stream.listening(subject.system.url, listeners, 1),
        "webhook": lambda: by_webhook.listening(listeners, 1),
    }
    for way, listening in ways.items():
        for rate in rates:
            subject.system.rest()
            with listening() as arrivals:
                began = time.monotonic()
                load = sessions(subject, rate, seconds)
                passed = arrivals.wait(load.requests - load.errors) - began
                came = len(arrivals.ages) / passed
                yield Lag(way, rate, came, arrivals.at(0.5), arrivals.at(0.99))
