"""A whole system of the drill's own, with a Prometheus that is in a hurry, in use."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from in_use import in_use
from people import Person, sign_up

import httpx

from sakina_local import marks, prometheus_package
from sakina_observability.prometheus import Pace
from sakina_observability.watched import Watched, watched

PACE = Pace(every=1, window="15s", holds="2s")
"""What takes minutes in earnest is seconds here; thresholds are as they are."""


@pytest.fixture(scope="session")
def broken() -> Iterator[Watched]:
    """The system that is broken by one drill after the other, each of which mends it."""
    if missing := prometheus_package.missing():
        pytest.skip(missing)
    folder = Path(tempfile.mkdtemp(prefix="sakina-test-"))
    folder.chmod(0o711)
    settings = {"SAKINA_RETRY_SECONDS": "[0.2, 0.2, 0.2]", "SAKINA_WATCHDOG_SECONDS": "12"}
    try:
        with pytest.MonkeyPatch.context() as patched:
            for name, value in settings.items():
                patched.setenv(name, value)
            with watched(folder, PACE) as system, in_use(system.system.url):
                yield system
    finally:
        marks.end(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def http(broken: Watched) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=broken.system.url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def somebody(http: httpx.Client) -> Person:
    """Somebody with an account."""
    return sign_up(http)
