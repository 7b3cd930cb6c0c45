"""What a test's database is told."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sakina_bench.messages import Ear, heard
from sakina_local import parts
from sakina_local.testing import Database


@pytest.fixture(scope="module")
def ear(postgres: Database) -> Iterator[Ear]:
    """Hears what is said to the database of this process."""
    if parts.from_containers():
        pytest.skip("reads the server's log, which a container keeps to itself")
    with closing(postgres.connect()) as database:
        with database.cursor() as cursor:
            cursor.execute("show data_directory")
            log = Path(cursor.fetchone()[0]).parent / "postgres.log"
        with heard(database, log) as ear:
            yield ear
