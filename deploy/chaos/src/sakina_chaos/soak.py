"""`make soak`: the same load for long with nothing broken; what grows is named.

A figure grows where the last third of the run lies above the first by more than it is given: once
everything is warm, what a system holds does not depend on how long it has been running. What people
have written does, and is not looked at.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median

from sakina_chaos.people import PATIENCE_SECONDS
from sakina_chaos.record import Record
from sakina_chaos.run import Plan, cast
from sakina_chaos.stage import BROKER, INSTANCES, POSTGRES, Stage, staged
from sakina_chaos.watching import watched
from sakina_local import rabbitmq_package
from sakina_local.checkout import ROOT
from sakina_local.command import carried_out, end_as_by_ctrl_c
from sakina_local.place import GATEWAY
from sakina_local.progress import Progress, plainly

LOG = ROOT / "build" / "soak.jsonl"
WARM_SHARE = 0.2
"""Of the run, at its beginning: caches, pools and the broker's first segments fill."""
SAMPLES = 40
MOST_MINUTES = 7 * 24 * 60
SHARE, ROOM = 0.10, {"MiB": 8.0, "": 12.0}
"""By how much the last third may lie above the first: a share of it, and so much besides."""
SERVICES = [kind for kind in INSTANCES if kind != GATEWAY]
SETTLED = (
    *(f"{service}.outbox" for service in SERVICES),
    *("practice.subject", "practice.total", "practice.type_total", "practice.standing_move"),
    *("khatma.subject", "notify.recorder", "notify.delivery_line", "notify.delivery_queue"),
)
"""Tables that have as many rows as before, however often these are written: what they take more is
dead. Those of what people wrote grow with that."""
CONNECTIONS = "select count(*) from pg_stat_activity where backend_type = 'client backend'"

Sample = Mapping[str, float]


def sample(stage: Stage) -> dict[str, float]:
    """Return what the system holds now, each figure by its name, which ends with its unit."""
    held: dict[str, float] = {}
    for kind in (*INSTANCES, BROKER):
        for number, process in enumerate(stage.running(kind), start=1):
            proc = Path(f"/proc/{process.pid}")
            held[f"memory of {kind} {number}, MiB"] = _resident(proc / "status")
            held[f"descriptors of {kind} {number}"] = len(list((proc / "fd").iterdir()))
    held["answers that are awaited"] = stage.awaited()
    for table in SETTLED:
        held[f"size of {table}, MiB"] = stage.size(table) / 2**20
    held[f"connections to {POSTGRES}"] = stage.count(CONNECTIONS)
    for service in SERVICES:
        held[f"events that wait in {service}"] = stage.outbox(service)
    for queue, messages in stage.queues().items():
        # A stream holds on purpose what it was told.
        if queue != "activity" and not queue.startswith("activity."):
            held[f"messages in {queue}"] = messages
    return held


def _resident(status: Path) -> float:
    lines = (line.split() for line in status.read_text().splitlines())
    return next(int(words[1]) / 1024 for words in lines if words[0] == "VmRSS:")


def growing(samples: Iterable[Sample]) -> list[str]:
    """Return a sentence for each figure that grew."""
    taken = list(samples)
    taken = taken[int(len(taken) * WARM_SHARE) :]
    third = max(1, len(taken) // 3)
    found = []
    for name in sorted({name for each in taken for name in each}):
        first, last = (
            median(each.get(name, 0.0) for each in part) for part in (taken[:third], taken[-third:])
        )
        if last > first * (1 + SHARE) + ROOM["MiB" if name.endswith("MiB") else ""]:
            found.append(f"{name}: {first:.0f}, and {last:.0f} in the last third")
    return found


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 0 < minutes <= MOST_MINUTES:
        raise argparse.ArgumentTypeError(f"more than 0 minutes, and {MOST_MINUTES} at most")
    return minutes


def main() -> int:
    """Run for as long as the command line says; 0 where nothing grows."""
    parser = argparse.ArgumentParser(prog="python -m sakina_chaos.soak", description=__doc__)
    parser.add_argument("--minutes", type=_minutes, default=30.0)
    minutes = parser.parse_args().minutes
    end_as_by_ctrl_c()
    return carried_out(lambda: _nothing_grows(minutes))


def _nothing_grows(minutes: float) -> bool:
    rabbitmq_package.ensure(Progress())
    with tempfile.TemporaryDirectory(prefix="sakina-soak-") as made:
        folder = Path(made)
        folder.chmod(0o711)  # the user that runs PostgreSQL passes through
        found = _soaked(folder, 60 * minutes, Progress())
    for line in found:
        plainly(f"✗ {line}")
    plainly(f"{len(found)} figures grow" if found else "nothing grows")
    return not found


def _soaked(folder: Path, seconds: float, progress: Progress) -> list[str]:
    LOG.parent.mkdir(exist_ok=True)
    record = Record(LOG)
    samples: list[Sample] = []
    progress.say(f"starting a system for {seconds / 60:g} minutes of load")
    with staged(folder) as stage:
        writers = cast(stage, Plan([]), record, random.randrange(10**6))  # noqa: S311
        with watched([each.person for each in writers], record):
            for writer in writers:
                writer.start()
            for number in range(1, SAMPLES + 1):
                stage.rest(seconds / SAMPLES)
                samples.append(sample(stage))
                record.note("sample", **samples[-1])
                if number % (SAMPLES // 4) == 0:
                    progress.say(f"{number} of {SAMPLES} samples")
            for writer in writers:
                writer.stop()
            for writer in writers:
                stage.wait_for(writer.is_done, PATIENCE_SECONDS)
        restarts = list(stage.restarts)
    record.close()
    return [*growing(samples), *restarts]


if __name__ == "__main__":
    sys.exit(main())
