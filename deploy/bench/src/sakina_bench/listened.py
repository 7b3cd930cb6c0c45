"""What a new session costs while others listen, and what those who only listen cost."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from statistics import median

from sakina_bench import by_stream, by_webhook
from sakina_bench.arrivals import Arrivals
from sakina_bench.lag import LISTENING, people, sessions
from sakina_bench.measuring import Cost, Subject, cost
from sakina_bench.wrk import Load

EACH = 4
"""Streams or webhooks of each of `LISTENING` people: a hundred in all."""
RATE = 40.0
"""Sessions a second: few enough that a hundred webhooks are told of all of them soon after."""
SETTLE_SECONDS = 2.0


def compared(subject: Subject, seconds: float, turns: int) -> dict[str, list[Cost]]:
    """Return what new sessions cost with nobody, a hundred streams, a hundred webhooks.

    Turn about, A B C C B A, so that what the machine does meanwhile falls on all.

    Each session is told to four of them, so what it costs holds four deliveries, too.

    Args:
        subject: What is measured.
        seconds: How long a turn takes.
        turns: How many each has.
    """
    listeners = people(subject)
    count = EACH * LISTENING
    ways: list[tuple[str, Callable[[], AbstractContextManager[Arrivals | None]]]] = [
        ("nobody", nullcontext),
        (f"{count} streams", lambda: by_stream.listening(subject.system.url, listeners, EACH)),
        (f"{count} webhooks", lambda: by_webhook.listening(listeners, EACH)),
    ]
    costs: dict[str, list[Cost]] = {name: [] for name, _ in ways}
    for _ in range(turns):
        for name, listening in ways:
            with listening() as arrivals:
                costs[name].append(_one(subject, seconds, arrivals))
        ways.reverse()
    return costs


def _one(subject: Subject, seconds: float, arrivals: Arrivals | None) -> Cost:
    def press() -> Load:
        load = sessions(subject, RATE, seconds)
        if arrivals is not None:
            arrivals.wait(EACH * (load.requests - load.errors))
        return load

    return cost(subject, press, paced=True)


def ratio(costs: dict[str, list[Cost]], name: str) -> float:
    """Return what a session cost with some who listen, as a share of what it cost with nobody."""
    alone = median(each.cpu_ms for each in costs["nobody"])
    return median(each.cpu_ms for each in costs[name]) / (alone or float("nan"))


@dataclass(frozen=True)
class Idle:
    """What streams cost a gateway on which nothing happens.

    Attributes:
        count: How many there were.
        mebibytes: What it holds for all of them.
        core: What it takes for them, as a share of a core.
        lost: How many were cut off.
    """

    count: int
    mebibytes: float
    core: float
    lost: int


def idle(subject: Subject, count: int, seconds: float) -> Idle:
    """Open `count` streams, wait for `seconds`, and return what that cost the gateway."""
    tree, each = subject.system.tree, count // LISTENING
    subject.system.rest()
    held = tree.mebibytes("gateway")
    with by_stream.listening(subject.system.url, people(subject), each) as arrivals:
        time.sleep(SETTLE_SECONDS)
        before, began = tree.seconds()["gateway"], time.monotonic()
        time.sleep(seconds)
        used = (tree.seconds()["gateway"] - before) / (time.monotonic() - began)
        return Idle(
            each * LISTENING,
            tree.mebibytes("gateway") - held,
            max(0.0, used - subject.idle["gateway"]),
            arrivals.lost,
        )
