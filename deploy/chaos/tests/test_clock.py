"""A process goes by a clock from the moment that it is set; the time since its start goes on."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sakina_chaos.clock import Clock

PATIENCE_SECONDS = 30.0
NEAR_SECONDS = 40.0
SAYS_THE_TIME = """
import sys, time
from datetime import UTC, datetime
for _ in sys.stdin:
    print(time.time(), datetime.now(UTC).timestamp(), time.monotonic(), flush=True)
"""


def test_what_a_process_takes_for_the_time_steps(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    process = subprocess.Popen(
        [sys.executable, "-c", SAYS_THE_TIME],
        env=clock.followed(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout

    def ahead() -> tuple[float, float, float]:
        process.stdin.write(b"\n")
        process.stdin.flush()
        seconds, moment, since = map(float, process.stdout.readline().split())
        return seconds - time.time(), moment - time.time(), since - time.monotonic()

    try:
        for step in (90, -90, 0):
            clock.set(step)
            until(lambda step=step: all(_near(each, step) for each in ahead()[:2]))
            assert _near(ahead()[2], 0)
    finally:
        process.kill()
        process.communicate()


def _near(seconds: float, to: float) -> bool:
    return abs(seconds - to) < NEAR_SECONDS


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
