"""The page about events says who follows which. What there is, is generated."""

import importlib
import re
from pathlib import Path

import pytest
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis.events.follows import Follows
from contracts.catalogue import EVENTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "events" / "README.md").read_text()
ROWS = dict(re.findall(r"^\| (\w+) \| (`[^|]*`) \|$", PAGE, re.M))


def test_what_there_is_is_said_in_the_catalogue_alone() -> None:
    assert not re.findall(r"^\| `[a-z_.]+\.v\d+`", PAGE, re.M)


def test_each_follower_is_listed() -> None:
    assert set(ROWS) == {"practice", "khatma", "notify", "gateway"}
    assert set(re.findall("`([^`]+)`", ROWS["gateway"])) <= set(EVENTS)


@pytest.mark.parametrize("service", ["practice", "khatma", "notify"])
def test_the_listed_followers_are_the_real_followers(service: str) -> None:
    assert set(re.findall("`([^`]+)`", ROWS[service])) == followed_by(service)


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
