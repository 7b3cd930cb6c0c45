"""A whole run on one system, section by section, into a report."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sakina_bench import ceilings, events, filling, plot, scaling, steady
from sakina_bench.bar import Bar
from sakina_bench.filling import Size
from sakina_bench.measuring import Cost, Subject, measure
from sakina_bench.messages import heard
from sakina_bench.page import Report, circumstances, table
from sakina_bench.round_trips import REQUESTS, said_for
from sakina_bench.tree import HASHES

COMPARED = 10
"""The first rows: those that the monoliths had too."""
USUAL = 8
_GROWN = ("sessions list", "new session", "leaderboard", "own rank", "public khatmas")
_SCALED = ("sessions list", "new session")
EVENTS = "events"
"""What the section is called that `only` may name beside rows."""


@dataclass(frozen=True)
class Extent:
    """How much is measured, in seconds and counts."""

    seconds: float
    connections: Sequence[int]
    passes: int
    sql_seconds: float
    paced: int
    events: events.Extent
    processes: Sequence[int]
    sizes: Sequence[Size]
    further: bool


FULL = Extent(2, (1, 8, 32), 2, 1, COMPARED, events.FULL, (1, 2, 3, 4), filling.SIZES, further=True)
QUICK = Extent(2, (8,), 1, 0.4, 3, events.QUICK, (), (), further=False)


class Whole:
    """One run.

    Args:
        subject: What is measured.
        extent: How much of it.
        only: Rows by name, or `EVENTS` for that section alone; all where empty.
        say: Tells the user what is done now.
    """

    def __init__(
        self, subject: Subject, extent: Extent, only: Sequence[str], say: Callable[[str], None]
    ) -> None:
        self._subject = subject
        self._extent = extent
        self._only = only
        self._say = say
        self._costs: dict[tuple[str, int], Cost] = {}
        self._messages: dict[str, float] = {}
        self._sql: dict[str, float] = {}
        self._bare: dict[tuple[bool, int], float] = {}

    def run(self) -> Report:
        """Measure everything and return the report."""
        report = Report()
        report.sections.append(circumstances(self._subject.system))
        for title, section in self._sections():
            self._say(title)
            began = time.monotonic()
            section(report)
            if (took := time.monotonic() - began) >= 1:
                self._say(f"{title} took {took:.0f} s")
        return report

    def _sections(self) -> list[tuple[str, Callable[[Report], None]]]:
        told = (EVENTS, self._events)
        if list(self._only) == [EVENTS]:
            return [told]
        return [
            ("round trips", self._count),
            ("ceilings", self._ceilings),
            ("closed loops", self._closed),
            ("requests", self._requests),
            ("fixed rates", self._steady),
            told,
            ("processes of one service", self._processes),
            ("growth", self._growth),
            ("memory", self._memory),
        ]

    @cached_property
    def _names(self) -> list[str]:
        every = [row.name for row in self._subject.cast.rows()]
        if self._only:
            return [name for name in every if name in self._only]
        return every if self._extent.further else every[:COMPARED]

    def _count(self, _report: Report) -> None:
        system = self._subject.system
        with system.database() as database, heard(database, system.log("postgres")) as ear:
            ear.afresh()
            for name in self._names:
                row = self._subject.row(name)
                self._messages[name], said = said_for(ear, system.url, row, self._extent.passes)
                self._sql[name] = ceilings.spoken(
                    system, said, REQUESTS, self._extent.sql_seconds, ear.prepared
                )

    def _ceilings(self, _report: Report) -> None:
        for connections in self._extent.connections:
            for echo in (False, True):
                self._bare[echo, connections] = ceilings.answered(
                    self._subject.system, self._extent.seconds, connections, echo=echo
                )

    def _closed(self, _report: Report) -> None:
        for number, name in enumerate(self._names):
            for connections in self._extent.connections:
                if number < COMPARED or connections == USUAL:
                    self._costs[name, connections] = measure(
                        self._subject, name, self._extent.seconds, connections
                    )

    def _requests(self, report: Report) -> None:
        rows, pieces = [], {}
        bare, echo = self._bare[False, USUAL], self._bare[True, USUAL]
        for name in self._names:
            cost = self._costs[name, USUAL]
            pieces[name] = {kind: ms for kind, ms in cost.cpu.items() if ms >= 0.01}
            rows.append(
                (
                    *(name, f"{cost.load.rate:.0f}", cost.load.p50, cost.load.p99),
                    *(cost.load.errors, cost.cpu_ms, self._messages[name]),
                    f"{cost.load.rate / bare:.0%}",
                    f"{cost.load.rate / echo:.0%}",
                    self._of_sql(name),
                )
            )
        report.add(
            "Each request at 8 connections",
            f"A bare answer of the HTTP server: {bare:.0f} requests/s. A bare echo through it, the "
            f"broker and one process: {echo:.0f}.",
            table(
                (
                    *("request", "requests/s", "p50 ms", "p99 ms", "errors", "CPU ms"),
                    *("round trips", "of the bare answer", "of the echo", "of its SQL"),
                ),
                rows,
            ),
            report.plot("cpu", "CPU by process", plot.bars("CPU of a request", "ms", pieces)),
            "| request | by process, CPU ms |\n| --- | --- |\n"
            + "\n".join(
                f"| {name} | "
                + ", ".join(f"{kind} {ms:.2f}" for kind, ms in sorted(found.items()))
                + " |"
                for name, found in pieces.items()
            ),
        )
        if "login" in pieces:
            cost = self._costs["login", USUAL]
            report.sections.append(
                f"A login without its hash: {cost.cpu_ms_without_hash:.2f} ms ({HASHES} are what "
                "its threads beside the loop took)."
            )
        if len(self._extent.connections) > 1:
            self._by_connections(report)

    def _of_sql(self, name: str) -> str:
        alone = self._sql[name]
        if math.isnan(alone):
            return "–"
        return f"{self._costs[name, USUAL].load.rate / alone:.0%} of {alone:.0f}"

    def _by_connections(self, report: Report) -> None:
        names = [name for name in self._names if (name, 1) in self._costs]
        rows, drawn = [], {}
        for name in names:
            loads = [self._costs[name, count].load for count in self._extent.connections]
            rows.append(
                (
                    name,
                    *(
                        f"{load.rate:.0f} ({load.p50:.1f}, {load.p99:.1f}; {load.errors})"
                        for load in loads
                    ),
                )
            )
            drawn[name] = [
                (str(count), load.rate)
                for count, load in zip(self._extent.connections, loads, strict=True)
            ]
        heads = [f"{count} connections" for count in self._extent.connections]
        bare = [
            (what, *(f"{self._bare[echo, count]:.0f}" for count in self._extent.connections))
            for what, echo in (("bare answer", False), ("bare echo", True))
        ]
        report.add(
            "Closed loops",
            "Requests a second, and in brackets p50 and p99 in ms, and errors.",
            table(("request", *heads), [*rows, *bare]),
            report.plot(
                "connections",
                "Requests a second by connections",
                plot.lines("Requests by connections", "1/s", drawn),
            ),
        )

    def _steady(self, report: Report) -> None:
        rows = []
        for name in self._names[: self._extent.paced]:
            rate = max(1.0, self._costs[name, USUAL].load.rate / 2)
            row = self._subject.row(name)
            asks = row.asks(round(rate * self._extent.seconds) + 1)
            self._subject.system.rest()
            load = steady.press(
                self._subject.system.url,
                asks,
                [asker.authorization for asker in row.askers],
                self._extent.seconds,
                rate,
            )
            rows.append((name, f"{rate:.0f}", f"{load.rate:.0f}", load.p50, load.p99, load.errors))
        report.add(
            "Fixed rates",
            "Half of what 8 connections made; each request begins when it is due, timed from then.",
            table(("request", "asked 1/s", "answered 1/s", "p50 ms", "p99 ms", "errors"), rows),
        )

    def _events(self, report: Report) -> None:
        events.add(report, self._subject, self._extent.events)

    def _processes(self, report: Report) -> None:
        rows, drawn = [], {name: list[tuple[str, float]]() for name in _SCALED}
        for count in self._extent.processes:
            with scaling.several(self._subject.system, count):
                for name in _SCALED:
                    load = measure(self._subject, name, self._extent.seconds, 32).load
                    rows.append((name, count, f"{load.rate:.0f}", load.p50, load.p99, load.errors))
                    drawn[name].append((str(count), load.rate))
        if rows:
            report.add(
                "Processes of practice",
                "At 32 connections. The load, PostgreSQL and RabbitMQ are on the same cores.",
                table(("request", "processes", "1/s", "p50 ms", "p99 ms", "errors"), sorted(rows)),
                report.plot(
                    "processes",
                    "Requests a second by processes",
                    plot.lines("Requests by processes of practice", "1/s", drawn),
                ),
            )

    def _growth(self, report: Report) -> None:
        rows, drawn = [], {name: list[tuple[str, float]]() for name in _GROWN}
        before = Size(0, 0, 0)
        for size in self._extent.sizes:
            with self._subject.system.database() as database:
                bar = Bar(f"filling to {size.sessions:,} sessions")
                asker = self._subject.cast.reader.id
                filling.fill(database, before, size, asker, bar)
            before = size
            for name in _GROWN:
                cost = measure(self._subject, name, self._extent.seconds - 1, 1)
                rows.append(
                    (
                        *(name, f"{size.sessions:,}", f"{size.people:,}", f"{size.khatmas:,}"),
                        *(cost.load.p50, cost.load.p99, cost.cpu_ms, cost.load.errors),
                    )
                )
                drawn[name].append((f"{size.sessions:,}", cost.cpu_ms))
        if rows:
            order = {name: number for number, name in enumerate(_GROWN)}
            heads = ("request", "sessions", "people", "khatmas", "p50 ms", "p99 ms", "CPU ms")
            report.add(
                "Growth",
                "One connection. Half of the sessions are the asker's of the sessions list.",
                table((*heads, "errors"), sorted(rows, key=lambda row: order[str(row[0])])),
                report.plot(
                    "growth",
                    "CPU of a request by size",
                    plot.lines("CPU of a request by sessions", "ms", drawn),
                ),
            )

    def _memory(self, report: Report) -> None:
        peaks = self._subject.system.tree.peak_mebibytes()
        said = ", ".join(f"{kind} {size}" for kind, size in sorted(peaks.items()) if size)
        report.add("Peak memory", f"MiB by kind of process: {said}.")
