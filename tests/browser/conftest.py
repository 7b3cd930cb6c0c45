"""A browser, and a running system. SAKINA_SYSTEM_URL names one that runs already."""

import os

import pytest

from sakina_local import chromium_package


@pytest.fixture(scope="session")
def url(request: pytest.FixtureRequest) -> str:
    """The address of the system's gateway."""
    running = os.environ.get("SAKINA_SYSTEM_URL")
    address: str = running or request.getfixturevalue("system").url
    return address.rstrip("/")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program; skips where it is missing, which `make test` cures where it may."""
    program = chromium_package.program()
    if program is None:
        pytest.skip(chromium_package.missing() or "")
    return program
