"""Descendants whose own parent died become this process's children, and are reaped by it."""

import ctypes
import os
from collections.abc import Collection

_PR_SET_CHILD_SUBREAPER = 36


def adopt() -> None:
    """Have the kernel give this process the orphans among its descendants."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap(known: Collection[int]) -> None:
    """Reap the orphans that ended.

    Args:
        known: Ids of children that somebody else waits for; they are left alone.
    """
    for pid in _children():
        if pid not in known:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                continue


def _children() -> list[int]:
    me = os.getpid()
    try:
        with open(f"/proc/{me}/task/{me}/children") as listed:
            return [int(pid) for pid in listed.read().split()]
    except OSError:  # a kernel without that file: orphans then wait for our own end
        return []
