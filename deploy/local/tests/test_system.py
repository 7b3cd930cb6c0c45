"""A system whose processes die as they start."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from waiting import until

from contracts.catalogue import SERVICES
from sakina_local import marks, watch
from sakina_local.addresses import Parts
from sakina_local.place import Place
from sakina_local.problems import Problem
from sakina_local.system import System
from sakina_local.testing import PrivateDatabase, PrivateVhost


@pytest.fixture
def system(
    tmp_path: Path, private_postgres: PrivateDatabase, private_broker: PrivateVhost
) -> Iterator[System]:
    """A system with its schemas, begun while its broker is away."""
    parts = Parts(private_postgres.server, private_broker.server)
    place = Place.in_folder(tmp_path, parts, private_postgres.name, private_broker.name, {})
    system = System(place)
    private_broker.stop()
    system.migrate()
    for service in SERVICES:
        system.start(service)
    yield system
    marks.end(tmp_path)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What dies is started again at once."""
    monkeypatch.setattr(watch, "FIRST_PAUSE", 0.01)


def test_a_schema_that_cannot_be_made_is_named_and_hinders_no_other(
    system: System, private_postgres: PrivateDatabase
) -> None:
    with closing(private_postgres.server.connect(private_postgres.name)) as connection:
        connection.cursor().execute(
            "update practice.alembic_version set version_num = 'unheard of'"
        )
    with pytest.raises(Problem, match="migrations failed") as raised:
        system.migrate()
    assert "practice: migration not started: version 'unheard of'" in raised.value.sentence
    log = system.log("migrations").read_text()
    assert log.count("schema is up to date") == 2 * len(SERVICES) - 1, log


def test_what_ended_as_it_started_is_started_again(
    system: System, private_broker: PrivateVhost
) -> None:
    until(lambda: all(process.poll() for process in system.processes.values()), 60)
    system.start("gateway")
    private_broker.start()
    system.wait_until_ready(60)
    assert system.ready()


def test_what_keeps_dying_is_given_up(system: System) -> None:
    with pytest.raises(Problem, match="keeps dying") as raised:
        system.wait_until_ready(60)
    assert "not started: the broker at" in raised.value.sentence
