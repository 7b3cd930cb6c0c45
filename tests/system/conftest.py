"""A running system, and people in it. SAKINA_SYSTEM_URL names one that runs already."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from people import Person, sign_up

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
