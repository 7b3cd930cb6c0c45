"""The catalogue of events says what is announced, with what, and who follows it."""

import re
from pathlib import Path

import pytest

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
    listed = {name for name, row in ROWS.items() if service in re.split(r",\s*", row[3].strip())}
    code = (ROOT / "services" / service / "src" / service / "service.py").read_text()
    modules = dict(re.findall(r"from contracts\.(\w+) import events as (\w+)", code))
    followed = set()
    for argument in re.findall(r"@follows\(([\w.]+)\)", code):
        constant = argument.split(".")[-1]
        candidates = [
            kind
            for kind in EVENTS.values()
            if constant in (kind.name.upper(), f"{kind.source}_{kind.name}".upper())
        ]
        owner = argument.split(".")[0] if "." in argument else ""
        exact = [kind for kind in candidates if modules.get(kind.source) == owner] or candidates
        followed |= {kind.wire_name for kind in exact}
    assert listed == followed
