"""The pages hold: their links lead somewhere, and nothing that can be asked for is undocumented."""

import re
import subprocess
from pathlib import Path

import pytest

from contracts.catalogue import METHODS, SERVICES

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / name
    for name in subprocess.check_output(["git", "ls-files", "*.md"], cwd=ROOT, text=True).split()
]
PACKAGES = ["contracts", "chassis", "person", "telemetry", "gateway", "deploy/local"] + [
    f"services/{service}" for service in SERVICES
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_that_exist(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", page.read_text())
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_a_page_of_its_own(package: str) -> None:
    assert len((ROOT / package / "README.md").read_text().splitlines()) > 10


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.routing_key)
def test_a_services_page_names_each_method_that_it_answers(method) -> None:
    page = (ROOT / "services" / method.service / "README.md").read_text()
    assert re.search(rf"\b{method.name}\b", page)


def test_decision_records_are_listed_and_say_when_to_think_again() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    for record in (ROOT / "docs" / "adr").glob("[0-9]*.md"):
        assert record.name in index
        assert "\nRevisit when " in record.read_text(), record.name


def test_whatever_the_containers_may_be_told_is_in_the_example() -> None:
    deploy = ROOT / "deploy"
    example = (deploy / ".env.example").read_text()
    listed = set(re.findall(r"^#?(SAKINA_\w+)=", example, re.MULTILINE))
    for file in deploy.glob("docker-compose*.yml"):
        read = set(re.findall(r"\$\{(SAKINA_\w+)", file.read_text()))
        assert read - listed == set(), file.name
