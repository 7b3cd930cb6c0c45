"""A new release beside the old one, under load: docs/operations.md, Rolling restart and Upgrade."""

from collections.abc import Callable, Iterator
from pathlib import Path

import half_made
import pytest
from load import Reader, load
from other_release import make
from stack import OURS, Run, Stack, docker, until


@pytest.fixture
def release(stack: Stack) -> Iterator[str]:
    """The name of another release, that the stack's settings name from now on."""
    with stack.having(SAKINA_VERSION=stack.name):
        yield stack.name


def everything(stack: Stack) -> dict[str, list[str]]:
    return {name: stack.ids(name) for name in ("traefik", *OURS, "postgres", "rabbitmq")}


def test_a_new_release_is_rolled_out_under_load(
    run: Run,
    stack: Stack,
    reader: Reader,
    release: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    for service in OURS:
        make(tmp_path, run, service, release)
    before = everything(stack)
    with load(reader, tries=3) as work:
        work.more(20)
        rolled = stack.roll()
        assert rolled.returncode == 0, rolled.stderr
        work.more(20)
    work.assert_whole()
    record_property("first tries", dict(work.first))
    after = everything(stack)
    for service in OURS:
        assert len(after[service]) == len(before[service]), service
        assert not {*stack.ids(service, all=True)} & {*before[service]}, "the old ones are gone"
        for container in after[service]:
            assert stack.inspect(container)["Config"]["Image"] == f"sakina-{service}:{release}"
    stack.up()
    assert everything(stack) == after, "there is nothing left to replace"


def test_who_is_ill_is_replaced(stack: Stack) -> None:
    """Which is what a roll is wanted for most: the new ones count, not the old."""
    (ill,) = stack.ids("notify")
    network = next(iter(stack.inspect(ill)["NetworkSettings"]["Networks"]))
    docker("network", "disconnect", network, ill)
    until(lambda: stack.inspect(ill)["State"]["Health"]["Status"] == "unhealthy", "it is ill")
    rolled = stack.roll("notify")
    assert rolled.returncode == 0, rolled.stderr
    assert len(stack.ids("notify")) == 1
    assert ill not in stack.ids("notify", all=True)
    stack.wait_until_ready()


def test_a_migration_that_fails_stops_the_roll(
    run: Run, stack: Stack, reader: Reader, release: str, tmp_path: Path
) -> None:
    (head,) = stack.sql("select version_num from khatma.alembic_version")
    (tmp_path / "half.py").write_text(half_made.migration(head))
    (running,) = stack.ids("khatma")
    versions = stack.python(running, half_made.FIND_VERSIONS)
    make(tmp_path, run, "khatma", release, f"COPY half.py {versions}/")
    rolled = stack.roll("khatma")
    assert rolled.returncode == 1
    assert "khatma-migrations" in rolled.stderr.splitlines()[-1]
    assert "the old ones still run" in rolled.stderr
    assert "division by zero" in stack.logs("khatma-migrations").strip().splitlines()[-1]
    assert stack.ids("khatma") == [running]
    assert stack.sql("select version_num from khatma.alembic_version") == [head]
    with reader.client() as http:
        assert http.get("/api/khatmas/").status_code == 200


@pytest.mark.parametrize(
    ("service", "line", "said"),
    [
        ("notify", 'CMD ["python", "-c", "raise SystemExit(\'it is broken\')"]', "it is broken"),
        ("gateway", 'HEALTHCHECK CMD ["false"]', ""),
    ],
)
def test_a_release_that_does_not_become_healthy_is_taken_back(
    run: Run, stack: Stack, release: str, tmp_path: Path, service: str, line: str, said: str
) -> None:
    running = stack.ids(service)
    make(tmp_path, run, service, release, line)
    # What ends again and again, or is unhealthy, is taken back at once: this is for the jobs.
    rolled = stack.roll("--patience=60", service)
    assert rolled.returncode == 1
    assert "the old ones still run" in rolled.stderr
    assert said in rolled.stderr
    assert stack.ids(service, all=True) == running
    stack.wait_until_ready()


def test_an_older_release_leaves_the_tables_of_a_later_one(stack: Stack) -> None:
    (ours,) = stack.sql("select version_num from khatma.alembic_version")
    stack.sql("update khatma.alembic_version set version_num = '9999'")
    try:
        rolled = stack.roll("khatma")
        assert rolled.returncode == 0, rolled.stderr
        assert "that of a later release" in stack.logs("khatma-migrations")
        assert stack.sql("select version_num from khatma.alembic_version") == ["9999"]
        stack.wait_until_ready()
    finally:
        stack.sql(f"update khatma.alembic_version set version_num = '{ours}'")
