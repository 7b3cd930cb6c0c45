"""The figures of a run, as Markdown and plots, in docs/performance.md."""

import math
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sakina_bench.running import Running
from sakina_local.checkout import ROOT

PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "performance"
_BEGIN, _END = "<!-- written by make bench -->", "<!-- until here -->"


@dataclass
class Report:
    """Sections in their order, and the plots that they show."""

    sections: list[str] = field(default_factory=list)
    plots: dict[str, str] = field(default_factory=dict)

    def add(self, title: str, *parts: str) -> None:
        """Add a section."""
        self.sections.append("\n\n".join((f"### {title}", *parts)))

    def plot(self, name: str, title: str, svg: str) -> str:
        """Keep a plot as `name`.svg and return the Markdown that shows it."""
        self.plots[name] = svg
        return f"![{title}](performance/{name}.svg)"

    def text(self) -> str:
        """Return the whole as Markdown."""
        return "\n\n".join(self.sections)

    def write(self) -> None:
        """Put it into docs/performance.md, in the place of the run before."""
        PLOTS.mkdir(exist_ok=True)
        for name, svg in self.plots.items():
            (PLOTS / f"{name}.svg").write_text(svg)
        before, _, rest = PAGE.read_text().partition(_BEGIN)
        after = rest.partition(_END)[2]
        PAGE.write_text(f"{before}{_BEGIN}\n\n{self.text()}\n\n{_END}{after}")


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; floats have three figures or, above 100, none after the point."""
    said = [[_cell(value) for value in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *said))


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def circumstances(system: Running) -> str:
    """Return a sentence on where and when a run was made, and of what."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    with system.database() as database, database.cursor() as cursor:
        cursor.execute("show server_version")
        postgres = str((cursor.fetchone() or ("?",))[0]).split()[0]
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, commit {system.checkout.commit}; "
        f"{len(os.sched_getaffinity(0))} cores ({cpu[1].strip() if cpu else platform.machine()}), "
        f"{int(memory[1]) // 1048576 if memory else 0} GiB, {platform.system()} "
        f"{platform.release().split('-')[0]}, Python {platform.python_version()}, PostgreSQL "
        f"{postgres}, RabbitMQ {_rabbitmq()}; everything on loopback, one instance of each process "
        f"as `make up` starts it. The machine's load when the run began was {load:.1f}."
    )


def _rabbitmq() -> str:
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "rabbitmq-server"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.partition("-")[0] or "?"
