"""The processes of one system, and what they have used, from /proc."""

import os
import re
from collections import Counter
from pathlib import Path

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
_NAMES = re.compile(r"-m (gateway|auth|practice|khatma|notify)\b")
_SERVERS = {"postgres": "postgres", "beam.smp": "rabbitmq"}
HASHES = "auth's hashes"
"""The threads of auth beside its loop: they do nothing but hash passwords.

What they took is read for the same seconds as everything else, so a hash is counted as what it
cost beside the others, not alone. That it empties the caches of everybody else stays with them.
"""


class Tree:
    """A supervisor and all that came of it.

    Args:
        root: Id of the supervisor's process.
    """

    def __init__(self, root: int) -> None:
        self.root = root
        self._roots = {root}

    def adopt(self, pid: int) -> None:
        """Count the process `pid` and its children too."""
        self._roots.add(pid)

    def abandon(self, pid: int) -> None:
        """Count it no more."""
        self._roots.discard(pid)

    def seconds(self) -> Counter[str]:
        """Return the seconds of CPU so far by kind of process, dead children included."""
        used: Counter[str] = Counter()
        for pid, kind in self._kinds().items():
            seconds = _seconds(Path(f"/proc/{pid}/stat"), children=True)
            if kind == "auth":
                loop = _seconds(Path(f"/proc/{pid}/task/{pid}/stat"), children=False)
                used[HASHES] += max(0.0, seconds - loop)  # type: ignore[assignment]
                seconds = min(seconds, loop)
            used[kind] += seconds  # type: ignore[assignment]
        return used

    def peak_mebibytes(self) -> Counter[str]:
        """Return the most memory that each kind has held so far; PostgreSQL's is what it has now.

        PostgreSQL's processes share most of theirs, so each counts its part of it.
        """
        peaks: Counter[str] = Counter()
        for pid, kind in self._kinds().items():
            if kind == "postgres":
                peaks[kind] += _kibibytes(pid, "smaps_rollup", "Pss") // 1024
            else:
                peaks[kind] += _kibibytes(pid, "status", "VmHWM") // 1024
        return peaks

    def process(self, name: str) -> int:
        """Return the id of the process of the service `name`, or of the gateway."""
        return self.processes(name)[0]

    def processes(self, name: str) -> list[int]:
        """Return the ids of all processes of a kind."""
        return [pid for pid, kind in self._kinds().items() if kind == name]

    def mebibytes(self, name: str) -> float:
        """Return the memory that the processes of a kind hold now, in MiB."""
        return sum(_kibibytes(pid, "status", "VmRSS") for pid in self.processes(name)) / 1024

    def _kinds(self) -> dict[int, str]:
        """Return what each process of the tree is."""
        parents: dict[int, int] = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                parents[int(entry.name)] = int(_fields(entry / "stat")[1])
            except OSError:
                continue
        return {pid: _kind(pid) for pid in parents if _is_below(pid, self._roots, parents)}


def _is_below(pid: int, roots: set[int], parents: dict[int, int]) -> bool:
    while pid in parents and pid not in roots:
        pid = parents[pid]
    return pid in roots


def _kind(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
    except OSError:
        return "other"
    if found := _NAMES.search(command):
        return found[1]
    return next((kind for word, kind in _SERVERS.items() if word in command), "other")


def _fields(stat: Path) -> list[str]:
    # The name of a program may hold blanks and brackets: what follows the last bracket is plain.
    return stat.read_text(errors="replace").rpartition(")")[2].split()


def _seconds(stat: Path, *, children: bool) -> float:
    try:
        fields = _fields(stat)
    except OSError:
        return 0.0
    return sum(map(int, fields[11 : 15 if children else 13])) * _TICK_SECONDS


def _kibibytes(pid: int, file: str, name: str) -> int:
    try:
        text = Path(f"/proc/{pid}/{file}").read_text()
    except OSError:
        return 0
    found = re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0
