"""Child processes that never outlive their parent."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from sakina_local.problems import Problem


def start(
    command: Sequence[str | Path],
    log: Path,
    environment: Mapping[str, str],
    *,
    when_parent_dies: signal.Signals = signal.SIGTERM,
    launcher: Sequence[str] = (),
    directory: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own, its output appended to `log`.

    Args:
        command: Program and arguments.
        log: File for both outputs.
        environment: The whole environment of the child.
        when_parent_dies: Sent to the child by the kernel if this process dies first. It is tied
            to the calling thread, so only a thread that lives as long as the process may start.
        launcher: What runs the command in its turn, such as a change of user.
        directory: Working directory.
    """
    # Innermost, since a change of credentials clears the parent-death signal.
    leash = [_program("setpriv"), "--pdeathsig", when_parent_dies.name.removeprefix("SIG"), "--"]
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            [*launcher, *leash, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=directory,
            process_group=0,
        )


def stop(
    process: subprocess.Popen[bytes], grace: float, first: signal.Signals = signal.SIGTERM
) -> None:
    """End `process` with the signal `first`, and its whole group with SIGKILL after `grace` s."""
    if process.poll() is None:
        process.send_signal(first)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    kill_group(process)


def stop_all(running: Sequence[subprocess.Popen[bytes]], grace: float) -> None:
    """End several processes with SIGTERM, side by side, and after `grace` s with SIGKILL."""
    for process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + grace
    for process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        kill_group(process)


def stands_still(process: subprocess.Popen[bytes]) -> bool:
    """Return whether `process` was stopped by a signal, so that it does nothing any more."""
    try:
        state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state == "T"


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End whatever is left of the group of `process` at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _program(name: str) -> str:
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if not path:
        raise Problem(f"{name} is missing: install the package util-linux.")
    return path


def last_lines(log: Path, count: int = 15) -> str:
    """Return the end of a log, for a message."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
