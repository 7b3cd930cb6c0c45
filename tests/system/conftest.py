"""A running system, and people in it. SAKINA_SYSTEM_URL names one that runs already."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from collecting import Collector, collector
from people import Person, sign_up

from sakina_local.addresses import Parts
from sakina_local.system import System, throwaway_system

NewPerson = Callable[..., Person]


@pytest.fixture(scope="session")
def url(request: pytest.FixtureRequest) -> str:
    """The address of the system's gateway."""
    running = os.environ.get("SAKINA_SYSTEM_URL")
    if running:
        return running.rstrip("/")
    address: str = request.getfixturevalue("system").url
    return address.rstrip("/")


@pytest.fixture(scope="session")
def processes(request: pytest.FixtureRequest) -> Any:
    """The system's processes, to stop and start by name."""
    if "SAKINA_SYSTEM_URL" in os.environ and "SAKINA_SYSTEM_STACK" not in os.environ:
        pytest.skip("only what the tests started themselves is theirs to stop")
    return request.getfixturevalue("system")


@pytest.fixture(scope="session")
def http(url: str) -> Iterator[httpx.Client]:
    """A client of the gateway that follows no redirect."""
    with httpx.Client(base_url=url, timeout=30, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="session")
def newcomer(http: httpx.Client) -> NewPerson:
    """Make a person with an account of their own."""
    return lambda fullname="Ali Ahmed", **fields: sign_up(http, fullname, **fields)


@pytest.fixture(scope="session")
def crowd(newcomer: NewPerson) -> list[Person]:
    """Eleven people for tests that need many and do not mind what else these are in."""
    return [newcomer(f"Reader {n}") for n in range(11)]


@pytest.fixture(scope="session")
def collecting() -> Iterator[Collector]:
    """A receiver of spans."""
    with collector() as one:
        yield one


@pytest.fixture(scope="session")
def spanned(sakina_parts: Parts, collecting: Collector) -> Iterator[System]:
    """A whole system of its own that sends its spans to the receiver."""
    if "SAKINA_SYSTEM_URL" in os.environ:
        pytest.skip("only what the tests started themselves is theirs to set")
    name = f"test_spans_{os.getpid()}"
    sakina_parts.postgres.make_database(name)
    sakina_parts.broker.add_vhost(name)
    folder = Path(tempfile.mkdtemp(prefix="sakina-test-"))
    settings = {"SAKINA_OTLP_ENDPOINT": collecting.url}
    try:
        with throwaway_system(folder, sakina_parts, name, name, **settings) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        sakina_parts.broker.delete_vhost(name)
        sakina_parts.postgres.drop_database(name)
