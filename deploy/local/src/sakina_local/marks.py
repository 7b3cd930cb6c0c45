"""A mark in the environment by which every process of one folder is found again.

Children inherit it, so whatever a server starts carries it too, however it was daemonised.
"""

import os
import signal
import time
from pathlib import Path

NAME = "SAKINA_MARK"
_KEPT = ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV")


def environment(folder: Path, home: Path | None = None) -> dict[str, str]:
    """Return a small environment for a process that belongs to `folder`.

    Args:
        folder: The folder that the process belongs to.
        home: Its `HOME`, the folder itself by default: nothing personal is read or written.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, NAME: str(folder), "HOME": str(home or folder)}


def marked(folder: Path) -> list[int]:
    """Return the ids of the processes that belong to `folder` or to a folder below it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            block = (entry / "environ").read_bytes()
        except OSError:
            continue
        for variable in block.split(b"\0"):
            name, _, value = variable.partition(b"=")
            if name == NAME.encode() and Path(os.fsdecode(value)).is_relative_to(folder):
                found.append(int(entry.name))
                break
    return found


def end(folder: Path, grace: float = 5) -> list[int]:
    """Kill every process of `folder`, wait until they are gone, and return their ids."""
    ended: set[int] = set()
    deadline = time.monotonic() + grace
    while (left := marked(folder)) and time.monotonic() < deadline:
        for pid in left:
            ended.add(pid)
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.02)
    return sorted(ended)
