"""Clients made anew, and a running system. SAKINA_SYSTEM_URL names one that runs already."""

import os
from pathlib import Path

import pytest

from sakina_clients.making import make
from sakina_local import node


@pytest.fixture(scope="session")
def url(request: pytest.FixtureRequest) -> str:
    """The address of the system's gateway."""
    running = os.environ.get("SAKINA_SYSTEM_URL")
    address: str = running or request.getfixturevalue("system").url
    return address.rstrip("/")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every client that this machine can make; none of the makers warned."""
    folder = tmp_path_factory.mktemp("made") / "clients"
    list(make(folder))
    return folder


@pytest.fixture(scope="session")
def with_node() -> None:
    """Skips where there is no Node.js."""
    if missing := node.missing():
        pytest.skip(f"TypeScript and newman: {missing}")
