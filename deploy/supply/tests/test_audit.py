"""Known holes: found, none, and nobody reached, which is not none."""

import json
import sys
from pathlib import Path

import pytest

from sakina_supply import audit
from sakina_supply.problems import NotReached, Problem

WELL = {"name": "hatchling", "version": "1.0", "vulns": []}
HOLE = {
    "name": "urllib3",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["1.1"], "aliases": []}],
}
UNKNOWN = {"name": "pluggy", "skip_reason": "Dependency not found on PyPI: pluggy (1.7.0)"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with lock files."""
    (tmp_path / "requirements").mkdir()
    for lock in ("build", "development", "gateway"):
        (tmp_path / "requirements" / f"{lock}.txt").touch()
    return tmp_path


def tool(build: str, rest: str, status: int = 0) -> tuple[str, ...]:
    """What answers like pip-audit: with `build` of the build's lock, with `rest` of the others."""
    code = (
        "import sys; files = [w for w in sys.argv if w.endswith('.txt')]; "
        f"one = any(f.endswith('build.txt') for f in files); "
        f"said = {build!r} if one else {rest!r}; "
        "print(said) if said.startswith('{') else print(said, file=sys.stderr); "
        f"sys.exit({status})"
    )
    return (sys.executable, "-c", code)


def answer(*dependencies: dict[str, object]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def test_a_hole_is_told_with_what_mends_it(root: Path) -> None:
    found = audit.holes(root, tool(answer(WELL), answer(WELL, HOLE), status=1))
    assert found == ["urllib3 1.0: PYSEC-2026-1, mended in 1.1: make lock UPGRADE=1"]


def test_no_hole_is_told_where_every_package_was_known(root: Path) -> None:
    assert audit.holes(root, tool(answer(WELL), answer(WELL))) == []


def test_an_index_that_knows_of_no_package_is_not_one_without_holes(root: Path) -> None:
    with pytest.raises(NotReached, match="told nothing of any package"):
        audit.holes(root, tool(answer(UNKNOWN), answer(WELL)))


def test_a_package_that_nobody_knew_is_named(root: Path) -> None:
    with pytest.raises(NotReached, match="not reached for 1 packages: pluggy"):
        audit.holes(root, tool(answer(WELL), answer(WELL, UNKNOWN)))


def test_a_hole_is_told_although_another_package_was_not_known(root: Path) -> None:
    assert audit.holes(root, tool(answer(WELL), answer(HOLE, UNKNOWN), status=1))


def test_no_network_is_no_failure_and_no_pass(root: Path) -> None:
    with pytest.raises(NotReached, match=r"not reached: .*ConnectionError"):
        audit.holes(root, tool("Traceback\nrequests.exceptions.ConnectionError: no", "", status=1))


def test_a_tool_that_breaks_is_a_failure(root: Path) -> None:
    with pytest.raises(Problem, match="pip-audit failed: unknown option") as told:
        audit.holes(root, tool("unknown option", "", status=2))
    assert not isinstance(told.value, NotReached)
