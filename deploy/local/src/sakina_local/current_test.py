"""A pytest plugin that says in a file which test is at work, for whoever outlives the process."""

import os
from pathlib import Path

FILE = "SAKINA_CURRENT_TEST"
"""The variable that names the file; without it nothing is written."""


def pytest_runtest_logstart(nodeid: str) -> None:
    """Note the test that begins."""
    if file := os.environ.get(FILE):
        Path(file).write_text(nodeid)


def pytest_sessionfinish() -> None:
    """Note that none is at work any more."""
    if file := os.environ.get(FILE):
        Path(file).unlink(missing_ok=True)
