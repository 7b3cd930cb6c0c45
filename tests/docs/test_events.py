"""The catalogue of events says what is announced, with what, and who follows it."""

import importlib
import re
from pathlib import Path

import pytest
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis.events.follows import Follows
from contracts.catalogue import EVENTS

ROOT = Path(__file__).parents[2]
CATALOGUE = (ROOT / "docs" / "events" / "README.md").read_text()
ROW = re.compile(r"^\| `([a-z_.0-9]+\.v\d+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|", re.M)
ROWS = {
    row[0]: row
    for row in re.findall(
        r"^\| `([a-z_.0-9]+\.v\d+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|", CATALOGUE, re.M
    )
}


def test_every_event_is_listed_and_no_other() -> None:
    assert set(ROWS) == set(EVENTS)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_the_listed_data_is_the_real_data(name: str) -> None:
    listed = {field.strip() for field in ROWS[name][2].split(",")} - {"–"}
    assert listed == set(EVENTS[name].data.model_fields)


@pytest.mark.parametrize("service", ["practice", "khatma", "notify"])
def test_the_listed_followers_are_the_real_followers(service: str) -> None:
    listed = {name for name, row in ROWS.items() if service in row[3].replace(" ", "").split(",")}
    assert listed == followed_by(service)


def followed_by(service: str) -> set[str]:
    """Return the types that the service class of `service` follows."""
    module = importlib.import_module(f"{service}.service")
    kind = getattr(module, f"{service.title()}Service")
    return {
        entrypoint.event_type.wire_name
        for method in vars(kind).values()
        for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ())
        if isinstance(entrypoint, Follows)
    }
