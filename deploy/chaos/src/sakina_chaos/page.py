"""The figures of a whole run, as Markdown in docs/reliability.md."""

import os
import platform
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median

from sakina_chaos.checker import NAMES
from sakina_chaos.record import Line
from sakina_chaos.run import Outcome
from sakina_chaos.story import BUS, Story, told
from sakina_local.checkout import ROOT

PAGE = ROOT / "docs" / "reliability.md"
_BEGIN, _END = "<!-- written by make chaos -->", "<!-- until here -->"


def text(outcome: Outcome, seed: int) -> str:
    """Return what a run showed."""
    story = told(outcome.lines)
    parts = (
        _circumstances(outcome, seed),
        _found(outcome),
        _faults(story),
        _skipped(outcome.lines),
        _totals(story, outcome),
    )
    return "\n\n".join(part for part in parts if part)


def write(outcome: Outcome, seed: int) -> None:
    """Put it into the page, in the place of the run before."""
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    after = rest.partition(_END)[2]
    PAGE.write_text(f"{before}{_BEGIN}\n\n{text(outcome, seed)}\n\n{_END}{after}")


def _circumstances(outcome: Outcome, seed: int) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    minutes = max(line["at"] for line in outcome.lines) / 60
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit or '?'}, `SEED={seed}`, {minutes:.0f} "
        f"minutes on {len(os.sched_getaffinity(0))} cores ({platform.machine()}, Python "
        f"{platform.python_version()}), everything on loopback, PostgreSQL without `fsync`: a "
        "process that dies loses nothing by that, a power cut would."
    )


def _found(outcome: Outcome) -> str:
    found = Counter(each.name for each in outcome.findings)
    rows = [[name, str(found[name])] for name in NAMES]
    return _table(("what the checker looks for", "found"), rows)


def _faults(story: Story) -> str:
    by_kind: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for fault in story.faults:
        by_kind[fault["name"], fault["on"]].append(fault)
    answered = sorted(
        each["at"]
        for each in story.tries
        if each["kind"] == "answered" and 200 <= each["status"] < 300
    )
    rows = []
    for (name, on), faults in by_kind.items():
        back = [fault["at"] - fault["mended"] for fault in faults]
        without = [_longest_gap(answered, fault["begun"], fault["at"] + 5) for fault in faults]
        lasted = median(fault["mended"] - fault["begun"] for fault in faults)
        row = (f"{lasted:.1f}", f"{median(back):.1f}", f"{max(back):.1f}", f"{max(without):.1f}")
        rows.append([name, on, str(len(faults)), *row])
    heads = ("what", "on", "times", "lasted s", "ready again s", "at most", "no write done s")
    return _table(heads, rows)


def _longest_gap(answered: Sequence[float], begun: float, ended: float) -> float:
    """Return the longest time without an answer 2xx that touches a while."""
    return max(
        (
            later - earlier
            for earlier, later in pairwise(answered)
            if later > begun and earlier < ended
        ),
        default=0.0,
    )


def _skipped(lines: Iterable[Line]) -> str:
    skipped = [line for line in lines if line["kind"] == "skipped"]
    return "\n".join(
        f"- **skipped**: {line['name']} of the {line['on']}, since {line['why']}"
        for line in skipped
    )


def _totals(story: Story, outcome: Outcome) -> str:
    statuses = Counter(each["status"] for each in story.tries if each["kind"] == "answered")
    left = [each for each in story.tries if each["kind"] == "unanswered"]
    hung_up = sum(each["hung_up"] for each in left)
    answers = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    slowest = max((each["seconds"] for each in story.tries if not each.get("hung_up")), default=0)
    ways = Counter(line["by"] for line in outcome.lines if line["kind"] == "event")
    again = ways[BUS] - len({event["id"] for event in story.bus})
    shown = ", ".join(f"{count} by {way}" for way, count in sorted(ways.items()) if way != BUS)
    return "\n".join(
        (
            f"- {len(story.acts)} writes by {len(story.tries)} requests: {answers}; {hung_up} were "
            f"hung up on right after they were sent, {len(left) - hung_up} found nobody or lost "
            f"their connection. The slowest end of one came after {slowest:.1f} s.",
            f"- {len(story.rows)} sessions and {len(story.told)} notifications of chapters are "
            f"there at the end.",
            f"- {ways[BUS]} events on the bus, {again} of them repeats; {shown}.",
            *(f"- {each['what']}: {each['count']}." for each in story.left if each["expected"]),
        )
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (heads, ["---"] * len(heads), *rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)
