"""Has a process go by the clock that a file sets: Python loads this before anything else.

The time of day jumps, as when a machine's clock is set right; the time since the start goes on.
"""

import os
import threading
from pathlib import Path
from time import sleep, time

import time_machine

_LOOK_SECONDS = 0.05


def _follow(file: Path) -> None:
    clock = time_machine.travel(time(), tick=True).start()
    ahead = 0
    while True:
        said = int(file.read_text())
        clock.shift(said - ahead)
        ahead = said
        sleep(_LOOK_SECONDS)


if file := os.environ.get("SAKINA_CHAOS_CLOCK"):
    threading.Thread(target=_follow, args=[Path(file)], daemon=True).start()
