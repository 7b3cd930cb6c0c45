"""The section of events: how they are told to those who listen, and what that costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from sakina_bench import absence, by_broker, lag, listened
from sakina_bench.measuring import Cost, Subject
from sakina_bench.page import Report, table
from sakina_bench.turns import middle


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Attributes:
        rates: Sessions a second.
        seconds: How long a rate, and a turn with some who listen, lasts.
        turns: With each kind who listens; 0 leaves that out.
        waiting: Events in an outbox while the broker is away, and events that are replayed.
        away_seconds: For how long it is.
        streams: How many are open while nothing happens.
        idle_seconds: For how long they are looked at.
    """

    rates: Sequence[float]
    seconds: float
    turns: int
    waiting: int
    away_seconds: float
    streams: int
    idle_seconds: float


FULL = Extent((50.0, 200.0), 4, 2, 5000, 60, 1000, 10)
QUICK = Extent((200.0,), 2, 0, 1000, 2, 250, 2)


def add(report: Report, subject: Subject, extent: Extent) -> None:
    """Measure it and add it to `report`."""
    idle = listened.idle(subject, extent.streams, extent.idle_seconds)
    costs = listened.compared(subject, extent.seconds, extent.turns)
    with by_broker.consumer(subject.system) as url:
        lags = list(lag.lags(subject, url, extent.rates, extent.seconds))
        emptied = absence.emptied(subject.system, extent.waiting, extent.away_seconds)
        replayed = by_broker.replayed(url, extent.waiting)
    report.add(
        "Events",
        "From the time that an event bears, just before its commit, to a consumer at the "
        f"broker, to a client's stream, to a webhook's receiver; {lag.LISTENING} people log "
        "new sessions at a fixed rate, and each hears of their own.",
        table(
            ("to", "asked 1/s", "came 1/s", "p50 ms", "p99 ms"),
            [(one.way, one.asked, one.came, one.p50, one.p99) for one in lags],
        ),
        *(_by_listeners(costs) if extent.turns else ()),
        f"{idle.count} streams on which nothing happens cost the gateway "
        f"{idle.mebibytes:.1f} MiB and {100 * idle.core:.2f} % of a core; {idle.lost} were "
        "cut off.",
        f"{extent.waiting} events that waited in an outbox while the broker was away for "
        f"{extent.away_seconds:.0f} s begin to leave it {emptied.first:.1f} s after it is "
        f"there again, and leave it at {emptied.rate:.0f} a second.",
        f"`replay` applies {replayed:.0f} events of the stream a second.",
    )


def _by_listeners(costs: dict[str, list[Cost]]) -> tuple[str, str]:
    return (
        f"CPU of a new session, at {listened.RATE:.0f} a second, by who listens to it: of a "
        f"hundred, {listened.EACH} are told of each.",
        table(
            ("listening", "CPU ms", "ratio"),
            [
                (name, middle(some, lambda cost: cost.cpu_ms), listened.ratio(costs, name))
                for name, some in costs.items()
            ],
        ),
    )
