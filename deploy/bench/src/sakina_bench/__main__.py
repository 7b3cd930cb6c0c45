"""`make bench`: measures this checkout, or two commits turn about."""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from sakina_bench import turns, wrk
from sakina_bench.commits import checked_out, this_checkout
from sakina_bench.measuring import Subject
from sakina_bench.running import running
from sakina_bench.turns import Plan
from sakina_local import rabbitmq_package
from sakina_local.problems import Problem
from sakina_local.progress import Progress, plainly

COMPARED = 10
"""Rows, the first ones, that two commits are compared by."""


def main() -> int:
    """Measure what the command line says; 0 when it was measured."""
    parser = argparse.ArgumentParser(prog="python -m sakina_bench", description=__doc__)
    parser.add_argument("--base", help="a commit to compare with, turn about")
    parser.add_argument("--only", help="some rows, by their names with commas between")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    asked = parser.parse_args()
    try:
        wrk.ensure()
        rabbitmq_package.ensure(Progress())
        _compare(asked.base, asked.only, quick=asked.quick)
    except Problem as problem:
        plainly(problem.sentence)
        return 1
    except KeyboardInterrupt:
        plainly("interrupted")
        return 1
    return 0


def _compare(commit: str, only: str | None, *, quick: bool) -> None:
    progress = Progress()
    with ExitStack() as stack:
        base = stack.enter_context(checked_out(commit))
        now = this_checkout()
        progress.say(f"starting two systems: {base.commit} and {now.commit}")
        systems = stack.enter_context(running(base, now))
        with ThreadPoolExecutor(len(systems)) as pool:
            first, second = pool.map(Subject.of, systems)
        names = [row.name for row in first.cast.rows()]
        chosen = [name.strip() for name in only.split(",")] if only else names[:COMPARED]
        progress.say("both have their people; measuring")
        plainly(turns.heading())
        plan = Plan(3, 2, 8) if quick else Plan(5, 3, 8)
        for one in turns.compare(first, second, chosen, plan):
            plainly(turns.line(one))


if __name__ == "__main__":
    sys.exit(main())
