"""A whole system with a Prometheus, in use; left out where there is no Prometheus."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from in_use import in_use

from sakina_local import marks, prometheus_package
from sakina_observability.prometheus import Pace
from sakina_observability.watched import Watched, watched


@pytest.fixture(scope="session")
def _programs() -> None:
    if missing := prometheus_package.missing():
        pytest.skip(missing)


@pytest.fixture(scope="session")
def running(_programs: None) -> Iterator[Watched]:
    """A system that the demo filled, that people use, and that a Prometheus asks each second."""
    folder = Path(tempfile.mkdtemp(prefix="sakina-test-"))
    folder.chmod(0o711)  # the servers may run as another user, who must pass
    try:
        with watched(folder, Pace(every=1)) as system:
            fill(system.system.url)
            with in_use(system.system.url):
                yield system
    finally:
        marks.end(folder)
        shutil.rmtree(folder, ignore_errors=True)


def fill(url: str) -> None:
    """Run the demo."""
    subprocess.run(
        [sys.executable, "-m", "sakina_demo"],
        env={"SAKINA_URL": url, "PATH": "", "LC_ALL": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=300,
    )
