"""`make chaos`: breaks a system of this checkout, and says what was lost, doubled or late."""

import argparse
import random
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import FrameType

from sakina_chaos.plans import full, short
from sakina_chaos.run import Outcome, run
from sakina_chaos.stage import staged
from sakina_local import rabbitmq_package
from sakina_local.checkout import ROOT
from sakina_local.problems import Problem
from sakina_local.progress import Progress, plainly

LOG = ROOT / "build" / "chaos.jsonl"
MOST_SHOWN = 10


def main() -> int:
    """Break what the command line says; 0 where all came through."""
    parser = argparse.ArgumentParser(prog="python -m sakina_chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--seed", type=int, help="repeats a run that printed it")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)  # what was started goes, as by Ctrl-C
    seed = random.randrange(10**6) if asked.seed is None else asked.seed  # noqa: S311
    try:
        rabbitmq_package.ensure(Progress())
        return 0 if _whole(seed, quick=asked.quick) else 1
    except Problem as problem:
        plainly(problem.sentence)
    except KeyboardInterrupt:
        plainly("interrupted")
    return 1


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _whole(seed: int, *, quick: bool) -> bool:
    progress = Progress()
    progress.say(f"seed {seed}: SEED={seed} repeats the run; starting a system to break")
    LOG.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sakina-chaos-") as made:
        folder = Path(made)
        folder.chmod(0o711)  # the user that runs PostgreSQL passes through
        with staged(folder) as stage:
            plan = (short if quick else full)(seed)
            outcome = run(stage, plan, LOG, seed, progress.say)
    _tell(outcome)
    return not outcome.findings


def _tell(outcome: Outcome) -> None:
    counts = Counter(line["kind"] for line in outcome.lines)
    plainly(
        f"{counts['fault']} faults, {counts['asked']} writes, {counts['row']} sessions, "
        f"{counts['event']} events seen; the log is {outcome.log.relative_to(ROOT)}"
    )
    for name, times in Counter(each.name for each in outcome.findings).items():
        plainly(f"✗ {name}: {times}")
    for each in outcome.findings[:MOST_SHOWN]:
        plainly(f"    {each.name}: {each.says}")
    if not outcome.findings:
        plainly("nothing was lost, doubled, out of order or late")


if __name__ == "__main__":
    sys.exit(main())
