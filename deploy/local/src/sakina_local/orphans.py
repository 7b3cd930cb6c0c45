"""Descendants whose own parent died become this process's children, and are ended by it."""

import contextlib
import ctypes
import os
import signal
from collections.abc import Collection

_PR_SET_CHILD_SUBREAPER = 36


def adopt() -> None:
    """Have the kernel give this process the orphans among its descendants."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end(known: Collection[int]) -> None:
    """End the orphans that are left, and reap those that ended.

    One that lives on keeps its dead parent from starting anew: PostgreSQL refuses to as long as a
    server process of the last time has its shared memory.

    Args:
        known: Ids of children that somebody else waits for; they are left alone.
    """
    for pid in _children():
        if pid not in known:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _children() -> list[int]:
    me = os.getpid()
    try:
        with open(f"/proc/{me}/task/{me}/children") as listed:
            return [int(pid) for pid in listed.read().split()]
    except OSError:  # a kernel without that file: orphans then wait for our own end
        return []
