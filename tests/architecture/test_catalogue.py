"""What cannot read the catalogue's list of services names the same ones."""

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from contracts.catalogue import EVENTS, SERVICES
from contracts.events import ACTIVITY_EXCHANGE

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def rules() -> list[dict]:
    return PROJECT["tool"]["importlinter"]["contracts"]


def test_the_folders_are_the_services() -> None:
    assert {path.parent.name for path in ROOT.glob("services/*/pyproject.toml")} == set(SERVICES)


def test_every_service_keeps_the_import_rules() -> None:
    assert set(SERVICES) <= set(PROJECT["tool"]["importlinter"]["root_packages"])
    (rooms,) = (
        rule for rule in rules() if rule["type"] == "layers" and "auth" in rule["containers"]
    )
    assert set(rooms["containers"]) == set(SERVICES)
    for room in ("domain", "usecases", "store"):
        ruled = {name for rule in rules() for name in rule.get("source_modules", ())}
        assert {f"{service}.{room}" for service in SERVICES} <= ruled


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_its_roles_and_schema(service: str) -> None:
    for file in ("10-roles.sql", "20-schemas.sql"):
        assert re.search(rf"'{service}'", (ROOT / "deploy" / "postgres" / file).read_text())


def test_every_service_has_its_exchange_and_its_parking_place() -> None:
    told = json.loads((ROOT / "deploy" / "rabbitmq" / "definitions.json").read_text())
    exchanges = {each["name"] for each in told["exchanges"]}
    assert {f"{service}.events" for service in SERVICES} <= exchanges
    assert {f"parked.{service}" for service in SERVICES} <= {
        each["name"] for each in told["queues"]
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_announce_what_concerns_no_service_and_only_that(service: str) -> None:
    told = json.loads((ROOT / "deploy" / "rabbitmq" / "definitions.json").read_text())
    may = next(each for each in told["permissions"] if each["user"] == service)
    topics = [
        each["write"]
        for each in told["topic_permissions"]
        if (each["user"], each["exchange"]) == (service, ACTIVITY_EXCHANGE)
    ]
    announces = any(kind.others for kind in EVENTS.values() if kind.source == service)
    assert bool(re.match(may["write"], ACTIVITY_EXCHANGE)) == announces
    assert topics == ([rf"^{service}\."] if announces else [])


def test_whom_an_event_concerns_stands_in_its_data() -> None:
    named = {kind.wire_name: kind for kind in EVENTS.values() if kind.others}
    assert named
    for kind in named.values():
        assert isinstance(kind.example[kind.others], list)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_runs_in_containers(service: str) -> None:
    compose = (ROOT / "deploy" / "docker-compose.yml").read_text()
    assert re.search(rf"^  {service}:$", compose, re.MULTILINE)
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    assert re.search(rf"^FROM service AS {service}$", dockerfile, re.MULTILINE)
    assert f'CMD ["python", "-m", "{service}"]' in dockerfile
    assert f"target: {service}, args: {{NAME: {service}," in compose
    assert (ROOT / "requirements" / f"{service}.txt").exists()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_runs_in_a_cluster(service: str) -> None:
    kubernetes = ROOT / "deploy" / "kubernetes"
    for file, line in (
        ("base/services/services.yaml", f"metadata: {{name: {service}, labels:"),
        ("base/services/disruptions.yaml", f"metadata: {{name: {service}}}"),
        ("base/migrations/jobs.yaml", f"metadata: {{name: {service}-migrations}}"),
        ("overlays/production/scaling.yaml", f"queueName: rpc-{service}}}"),
        ("secrets.sh", f" {service}"),
    ):
        assert line in (kubernetes / file).read_text(), file


def test_a_dump_has_the_schema_of_every_service() -> None:
    script = (ROOT / "deploy" / "backup" / "dump_file.sh").read_text()
    assert f"\nservices=({' '.join(SERVICES)})\n" in script


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stack's own package, as its commands find it."""
    monkeypatch.syspath_prepend(ROOT / "deploy" / "stack" / "src")
    for module in ("secret_files", "rolling"):
        sys.modules.pop(f"sakina_stack.{module}", None)


def test_the_stack_makes_secrets_for_every_service(stack: None) -> None:
    from sakina_stack import secret_files

    assert secret_files.SERVICES == SERVICES


def test_a_roll_takes_every_service(stack: None) -> None:
    from sakina_stack import rolling

    assert sorted(rolling.ORDER) == sorted([*SERVICES, "gateway"])
