"""Has a process go by the clock that a file sets: Python loads this before anything else.

The time of day jumps, as when a machine's clock is set right; the time since the start goes on.
"""

import os
import threading
from pathlib import Path
from time import sleep, time

import time_machine

_LOOK_SECONDS = 0.05


def _follow(file: Path, clock: time_machine.Traveller) -> None:
    ahead = 0
    while True:
        said = int(file.read_text())
        clock.shift(said - ahead)
        ahead = said
        sleep(_LOOK_SECONDS)


if file := os.environ.get("SAKINA_CHAOS_CLOCK"):
    # Here, before anything has looked at a clock: in the thread it would begin in the midst of a
    # start, on a busy machine, and what had taken the time before would go by another one.
    begun = time_machine.travel(time(), tick=True).start()
    threading.Thread(target=_follow, args=[Path(file), begun], daemon=True).start()
