"""Two commits turn about, so that what the machine does meanwhile falls on both."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from sakina_bench.measuring import Cost, Subject, measure
from sakina_bench.messages import heard
from sakina_bench.round_trips import said_for

_ROW = "{:18} {:>2} {:>8} {:>8} {:>6} {:>8} {:>8} {:>6} {:>7} {:>7} {:>6} {:>6}"
_WORTH_SAYING_MS = 0.03


@dataclass(frozen=True)
class Plan:
    """How long a turn takes, how many turns each has, and how many connections ask at once."""

    seconds: float
    turns: int
    connections: int


@dataclass(frozen=True)
class Comparison:
    """A row of both, each the medians of several turns.

    Attributes:
        row: Its name.
        connections: How many asked at once.
        base: Of the commit that is compared with.
        now: Of this checkout.
        trips: Round trips to PostgreSQL for a request, of both.
    """

    row: str
    connections: int
    base: Sequence[Cost]
    now: Sequence[Cost]
    trips: tuple[float, float]

    def ratio(self, figure: Callable[[Cost], float]) -> float:
        """Return now as a share of base."""
        return middle(self.now, figure) / (middle(self.base, figure) or float("nan"))


def middle(costs: Sequence[Cost], figure: Callable[[Cost], float]) -> float:
    """Return the median of `figure` over several turns."""
    return median(map(figure, costs))


def compare(base: Subject, now: Subject, rows: Sequence[str], plan: Plan) -> Iterator[Comparison]:
    """Measure each row of both, A B B A A B …, and give what came of it, row by row."""
    for name in rows:
        trips = _trips(base, name), _trips(now, name)
        costs: dict[str, list[Cost]] = {"base": [], "now": []}
        pair = [("base", base), ("now", now)]
        for _ in range(plan.turns):
            for key, subject in pair:
                costs[key].append(measure(subject, name, plan.seconds, plan.connections))
            pair.reverse()
        yield Comparison(name, plan.connections, costs["base"], costs["now"], trips)


def _trips(subject: Subject, name: str) -> float:
    system = subject.system
    with system.database() as database, heard(database, system.log("postgres")) as ear:
        return said_for(ear, system.url, subject.row(name))[0]


def heading() -> str:
    """Return the lines above a table of comparisons."""
    return _ROW.format(
        "request",
        "c",
        "ms base",
        "ms now",
        "ratio",
        "/s base",
        "/s now",
        "ratio",
        "p99 now",
        "rt base",
        "rt now",
        "errors",
    )


def line(one: Comparison) -> str:
    """Return one line of it, and for a login another without its hash."""
    both = [_line(one.row, one, lambda cost: cost.cpu_ms)]
    if one.row == "login":
        both.append(_line("login without hash", one, lambda cost: cost.cpu_ms_without_hash))
    both.append(f"    {_by_process(one)}")
    return "\n".join(both)


def _by_process(one: Comparison) -> str:
    """Return what each kind of process spent of both, in ms for a request."""
    kinds = sorted({kind for cost in one.now for kind in cost.cpu})

    def spent(costs: Sequence[Cost], kind: str) -> float:
        return middle(costs, lambda cost: cost.cpu[kind])

    return ", ".join(
        f"{kind} {spent(one.base, kind):.2f} → {spent(one.now, kind):.2f}"
        for kind in kinds
        if spent(one.now, kind) >= _WORTH_SAYING_MS
    )


def _line(name: str, one: Comparison, spent: Callable[[Cost], float]) -> str:
    def rate(cost: Cost) -> float:
        return cost.load.rate

    return _ROW.format(
        name,
        one.connections,
        f"{middle(one.base, spent):.2f}",
        f"{middle(one.now, spent):.2f}",
        f"{one.ratio(spent):.2f}",
        f"{middle(one.base, rate):.0f}",
        f"{middle(one.now, rate):.0f}",
        f"{one.ratio(rate):.2f}",
        f"{middle(one.now, lambda cost: cost.load.p99):.0f}",
        *(f"{trips:.1f}" for trips in one.trips),
        sum(cost.load.errors for cost in (*one.base, *one.now)),
    )
