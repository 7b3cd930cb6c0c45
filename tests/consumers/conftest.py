"""One running system."""

from collections.abc import Iterator

import pytest
from made_up import MadeUp

from sakina_local.ports import free_ports


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUp]:
    """`make up`, that the tests of this run share."""
    made = MadeUp(tmp_path_factory.mktemp("checkout") / ".sakina", *free_ports(1))
    yield made
    made.end()
