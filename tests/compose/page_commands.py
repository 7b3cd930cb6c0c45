"""Commands of docs/operations.md, given to a stack of a test."""

import subprocess
from collections.abc import Mapping

from page import ROOT, commands
from stack import Stack


def give(stack: Stack, heading: str, instead: Mapping[str, str] | None = None) -> str:
    """Give the commands under `heading`; return what they said.

    Args:
        stack: What they are for.
        heading: The whole line.
        instead: What stands there for something of the reader's own, and what it is here.
    """
    done = attempt(stack, commands(heading, instead or {}))
    assert done.returncode == 0, done.stdout
    return done.stdout


def attempt(stack: Stack, said: str) -> subprocess.CompletedProcess[str]:
    """Give commands in the shell of who reads the page; both their outputs are one."""
    shell = 'sakina() { docker compose --ansi=never "$@"; }\n'
    return subprocess.run(
        ["bash", "-ec", shell + said],
        cwd=ROOT,
        env=stack.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
