"""`make chaos`: breaks a system of this checkout, and says what was lost, doubled or late."""

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from sakina_chaos import page
from sakina_chaos.planted import planned
from sakina_chaos.plans import full, short
from sakina_chaos.run import Outcome, Plan, run
from sakina_chaos.stage import staged
from sakina_local import rabbitmq_package
from sakina_local.checkout import ROOT
from sakina_local.command import carried_out, end_as_by_ctrl_c
from sakina_local.progress import Progress, plainly

LOG = ROOT / "build" / "chaos.jsonl"
LOGS = ROOT / "build" / "chaos-logs"
MOST_SHOWN = 10


def main() -> int:
    """Break what the command line says; 0 where all came through."""
    parser = argparse.ArgumentParser(prog="python -m sakina_chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument(
        "--planted", action="store_true", help="plant faults in the code, which must be found"
    )
    parser.add_argument("--seed", type=int, help="repeats a run that printed it")
    asked = parser.parse_args()
    end_as_by_ctrl_c()
    seed = random.randrange(10**6) if asked.seed is None else asked.seed  # noqa: S311

    def done() -> bool:
        rabbitmq_package.ensure(Progress())
        return _proved(seed) if asked.planted else _whole(seed, quick=asked.quick)

    return carried_out(done)


def _whole(seed: int, *, quick: bool) -> bool:
    progress = Progress()
    progress.say(f"seed {seed}: SEED={seed} repeats the run; starting a system to break")
    outcome = _broken((short if quick else full)(seed), seed, progress)
    _tell(outcome)
    if not quick:
        page.write(outcome, seed)
        progress.say(f"written into {page.PAGE.relative_to(ROOT)}")
    return not outcome.findings


def _broken(
    plan: Plan, seed: int, progress: Progress, settings: Mapping[str, str] | None = None
) -> Outcome:
    """Return what came of a system of its own, which is gone then."""
    LOG.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sakina-chaos-") as made:
        folder = Path(made)
        folder.chmod(0o711)  # the user that runs PostgreSQL passes through
        with staged(folder, settings, small_disks=plan.fills_disks) as stage:
            try:
                return run(stage, plan, LOG, seed, progress.say)
            finally:
                _keep_logs(folder)


def _keep_logs(folder: Path) -> None:
    """Keep what the processes said in the place of what those of the run before did."""
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    for log in (*folder.glob("*.log"), *folder.glob("*/*.log")):
        shutil.copy(log, LOGS)


def _proved(seed: int) -> bool:
    """Whether each planted fault is found by its right name."""
    missed = 0
    for fault in planned():
        progress = Progress()
        progress.say(f"planted: {fault.says}")
        with tempfile.TemporaryDirectory(prefix="sakina-planted-") as made:
            path = {"PYTHONPATH": fault.plant(Path(made))}
            outcome = _broken(fault.run_plan(), seed, progress, path)
        found = fault.is_found(outcome.findings)
        missed += not found
        names = Counter(each.name for each in outcome.findings)
        progress.say(f"{'✓' if found else '✗'} {fault.finds}: {dict(names)}")
        if not found:
            _tell(outcome)
    plainly(
        f"{missed} planted faults were not found" if missed else "every planted fault was found"
    )
    return not missed


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
    if outcome.findings:
        plainly(f"what its processes said is in {LOGS.relative_to(ROOT)}")
    else:
        plainly("nothing was lost, doubled, out of order or late")


if __name__ == "__main__":
    sys.exit(main())
