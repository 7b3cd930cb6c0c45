"""Nothing here asks a cluster: kubectl composes, and its output is looked at."""

import pytest

from rendered import OVERLAYS, kubectl


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if kubectl() is None:
        why = pytest.mark.skip(
            reason="kubectl is missing: install it (1.27 or later) to have this."
        )
        for item in items:
            item.add_marker(why)


@pytest.fixture(params=OVERLAYS)
def overlay(request: pytest.FixtureRequest) -> str:
    return str(request.param)
