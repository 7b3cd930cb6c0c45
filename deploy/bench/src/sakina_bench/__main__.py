"""`make bench`: measures this checkout, or two commits turn about."""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from sakina_bench import turns, wrk
from sakina_bench.commits import checked_out, this_checkout
from sakina_bench.measuring import Subject
from sakina_bench.rows import NAMES
from sakina_bench.running import running
from sakina_bench.turns import Plan
from sakina_bench.whole import COMPARED, EVENTS, FULL, QUICK, USUAL, Whole
from sakina_local import rabbitmq_package
from sakina_local.command import carried_out, end_as_by_ctrl_c
from sakina_local.problems import Problem
from sakina_local.progress import Progress, plainly


def main() -> int:
    """Measure what the command line says; 0 when it was measured."""
    parser = argparse.ArgumentParser(prog="python -m sakina_bench", description=__doc__)
    parser.add_argument("--base", help="a commit to compare with, turn about")
    parser.add_argument(
        "--only", help="some rows, by their names with commas between, or the section events"
    )
    parser.add_argument("--quick", action="store_true", help="less of everything")
    asked = parser.parse_args()
    end_as_by_ctrl_c()
    return carried_out(lambda: _measured(asked))


def _measured(asked: argparse.Namespace) -> bool:
    wrk.ensure()
    rabbitmq_package.ensure(Progress())
    only = names(asked.only, alone=not asked.base)
    if asked.base:
        _compare(asked.base, only, quick=asked.quick)
    else:
        _alone(only, quick=asked.quick)
    return True


def names(said: str | None, *, alone: bool) -> list[str]:
    """Return the names in `said`, none where all is meant.

    Args:
        said: With commas between.
        alone: Whether this checkout is measured alone; the section of events is only there then.

    Raises:
        Problem: One of them is no name, or is not to be had so.
    """
    names = [name.strip() for name in said.split(",")] if said else []
    if names == [EVENTS] and alone:
        return names
    if unknown := set(names) - set(NAMES):
        raise Problem(
            f"There is no row called {', '.join(sorted(unknown))}: take {', '.join(NAMES)}; or "
            f"{EVENTS} by itself, without BASE."
        )
    return names


def _alone(only: Sequence[str], *, quick: bool) -> None:
    progress = Progress()
    now = this_checkout()
    progress.say(f"starting a system of {now.commit}")
    with running(now) as (system,):
        subject = Subject.of(system)
        report = Whole(subject, QUICK if quick else FULL, only, progress.say).run()
    plainly(report.text())
    if quick or only:
        plainly("\nnothing was written: make bench alone writes docs/performance.md")
    else:
        report.write()
        progress.say("written into docs/performance.md")


def _compare(commit: str, only: Sequence[str], *, quick: bool) -> None:
    progress = Progress()
    with ExitStack() as stack:
        base = stack.enter_context(checked_out(commit))
        now = this_checkout()
        progress.say(f"starting two systems: {base.commit} and {now.commit}")
        systems = stack.enter_context(running(base, now))
        with ThreadPoolExecutor(len(systems)) as pool:
            first, second = pool.map(Subject.of, systems)
        chosen = only or [row.name for row in first.cast.rows()][:COMPARED]
        progress.say("both have their people; measuring")
        plainly(turns.heading())
        for one in turns.compare(first, second, chosen, _plan(len(chosen), quick=quick)):
            plainly(turns.line(one))


def _plan(rows: int, *, quick: bool) -> Plan:
    if not quick:
        return Plan(5, 3, USUAL)
    return Plan(3, 3, USUAL) if rows <= 2 else Plan(2, 1, USUAL)


if __name__ == "__main__":
    sys.exit(main())
