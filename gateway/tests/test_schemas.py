"""The address that an event names for its schema is served."""

import json
from pathlib import Path

import httpx
import pytest

from contracts.catalogue import EVENTS

EXAMPLES = Path(__file__).parents[2] / "contracts" / "examples" / "events"
COMMITTED = EXAMPLES.parents[1] / "schemas" / "events"


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_the_schema_that_an_event_names_is_the_committed_one(
    name: str, stranger: httpx.Client
) -> None:
    event = json.loads((EXAMPLES / f"{name}.json").read_text())
    answer = stranger.get(event["dataschema"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json() == json.loads((COMMITTED / f"{name}.json").read_text())


def test_a_schema_of_no_event_is_a_problem(stranger: httpx.Client) -> None:
    answer = stranger.get("/schemas/events/khatma.forgotten.v1.json")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")
