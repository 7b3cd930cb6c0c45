"""The same six rooms in every service, and a domain that knows nothing but itself."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.catalogue import SERVICES

ROOT = Path(__file__).parents[2]
ROOMS = ["domain", "usecases", "store", "events", "service", "migrations"]
# A seventh, where a service has something to itself that is none of these.
OWN_ROOMS = {"auth": ["credentials"], "notify": ["outgoing"]}
BESIDE_ROOMS = ["__init__", "__main__", "settings", "py"]
# What a domain may know of a person: the rest of that package reaches data.
PURE = ["person.clock", "person.known"]
OURS = list(ROOT.glob("*/src/**/*.py")) + [
    path for folder in ("services", "deploy") for path in (ROOT / folder).glob("*/src/**/*.py")
]


def package(service: str) -> Path:
    return ROOT / "services" / service / "src" / service


def domain_files() -> Iterator[Path]:
    for service in SERVICES:
        room = package(service) / "domain"
        yield from room.rglob("*.py") if room.is_dir() else [room.with_suffix(".py")]


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def foreign(path: Path) -> set[str]:
    """Return what a file imports that the standard library does not hold."""
    return {
        name for name in imported(path) if name.partition(".")[0] not in sys.stdlib_module_names
    }


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("room", ROOMS)
def test_every_service_has_every_room(service: str, room: str) -> None:
    place = package(service) / room
    assert place.is_dir() or place.with_suffix(".py").is_file()


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_has_a_room_that_is_not_declared(service: str) -> None:
    found = {place.stem for place in package(service).iterdir()} - {"__pycache__"}
    assert found <= {*ROOMS, *OWN_ROOMS.get(service, []), *BESIDE_ROOMS}


@pytest.mark.parametrize("path", list(domain_files()), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_domain_imports_the_standard_library_itself_and_what_is_as_pure(path: Path) -> None:
    service = path.relative_to(ROOT / "services").parts[0]
    ours = {name for name in foreign(path) if name.startswith(f"{service}.domain") or name in PURE}
    assert foreign(path) == ours


@pytest.mark.parametrize("module", PURE)
def test_what_domains_may_import_imports_the_standard_library(module: str) -> None:
    path = (ROOT / "person" / "src").joinpath(*module.split(".")).with_suffix(".py")
    assert foreign(path) <= set(PURE)


@pytest.mark.parametrize("path", list(domain_files()), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_domain_has_no_clock_and_touches_nothing(path: Path) -> None:
    assert not imported(path) & {"os", "random", "secrets", "socket", "subprocess", "time"}
    called = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    }
    assert not {name for name in called if re.search(r"\.(now|today|utcnow)$|^(open|print)$", name)}


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_are_numbered_in_a_row(service: str) -> None:
    """By the numbers a release tells a later one's schema from one that nobody knows."""
    files = sorted((package(service) / "migrations" / "versions").glob("*.py"))
    numbers = [f"{n:04}" for n in range(1, len(files) + 1)]
    assert [path.name.partition("_")[0] for path in files] == numbers
    for path, before, number in zip(files, [None, *numbers], numbers, strict=False):
        assert f"\nrevision = {number!r}\n".replace("'", '"') in path.read_text()
        assert f"\ndown_revision = {before!r}\n".replace("'", '"') in path.read_text()


def test_no_file_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [path for path in OURS if path.stem in drawers] == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_depends_on_no_other(service: str) -> None:
    project = tomllib.loads((ROOT / "services" / service / "pyproject.toml").read_text())
    ours = {name for name in project["project"]["dependencies"] if name.startswith("sakina-")}
    may = {"sakina-person", "sakina-telemetry"}
    assert ours - may == {"sakina-contracts", "sakina-chassis"}


def test_contracts_need_pydantic_and_what_knows_addresses_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "contracts" / "pyproject.toml").read_text())
    assert [re.split(r"\W", name)[0] for name in project["project"]["dependencies"]] == [
        "email",  # email-validator
        "idna",
        "pydantic",
    ]


def test_no_lock_and_no_manifest_names_where_packages_come_from() -> None:
    pinned = [
        *ROOT.glob("requirements/*.txt"),
        *ROOT.glob("**/pyproject.toml"),
        *ROOT.glob("deploy/*/package-lock.json"),
    ]
    assert [
        path for path in pinned if ".venv" not in path.parts and "://" in path.read_text()
    ] == []
