"""A generated document on the command line: printed, or compared with the committed file."""

import sys
from collections.abc import Sequence
from pathlib import Path


def printed(text: bytes, module: str, arguments: Sequence[str]) -> int:
    """Print `text`, or with the arguments `--check FILE` say whether FILE still holds it.

    Args:
        text: The whole document.
        module: What `python -m` runs to make it, to be named where FILE is stale.
        arguments: Those of the command line.

    Returns the exit status: 1 where FILE is stale or missing.
    """
    if list(arguments[:1]) != ["--check"]:
        sys.stdout.buffer.write(text)
        return 0
    file = Path(arguments[1])
    if file.exists() and file.read_bytes() == text:
        return 0
    sys.stdout.write(f"{file} is not up to date: python -m {module} > {file}\n")
    return 1
