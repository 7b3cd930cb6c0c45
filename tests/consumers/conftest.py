"""One running system."""

from collections.abc import Iterator

import pytest
from made_up import MadeUp

from sakina_local.ports import free_ports


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUp]:
    """`make up`, that the tests of one file share: each begins with a broker that never died."""
    made = MadeUp(tmp_path_factory.mktemp("checkout") / ".sakina", *free_ports(1))
    yield made
    made.end()
