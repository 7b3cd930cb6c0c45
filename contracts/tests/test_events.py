"""What is announced is what the committed schemas promise."""

import json
from pathlib import Path

import jsonschema
import pytest

from contracts import generate
from contracts.auth.events import UserData
from contracts.catalogue import EVENTS, SERVICES
from contracts.events import Envelope

HERE = Path(__file__).parents[1]
EXAMPLES = HERE / "examples" / "events"
SCHEMAS = HERE / "schemas" / "events"
KINDS = sorted(EVENTS)


def read(folder: Path, name: str) -> dict:
    return json.loads((folder / f"{name}.json").read_text())


def test_an_event_of_before_means_that_companions_see_one_s_figures() -> None:
    said = {"username": "a", "fullname": "", "timezone": "UTC", "day_starts_at": 0, "version": 1}
    assert UserData.model_validate(said).visibility == "companions"


def test_committed_schemas_and_examples_are_up_to_date() -> None:
    assert generate.problems() == []


@pytest.mark.parametrize("name", KINDS)
def test_golden_example_fits_its_schema(name: str) -> None:
    jsonschema.validate(read(EXAMPLES, name), read(SCHEMAS, name))


@pytest.mark.parametrize("name", KINDS)
def test_golden_example_reads_back_as_its_models(name: str) -> None:
    envelope = Envelope.model_validate(read(EXAMPLES, name))
    data = EVENTS[name].data.model_validate(envelope.data)
    assert data.model_dump(mode="json") == envelope.data


@pytest.mark.parametrize("name", KINDS)
def test_consumer_ignores_what_it_does_not_know(name: str) -> None:
    grown = read(EXAMPLES, name) | {"later": 1}
    grown["data"] = grown["data"] | {"later": 1}
    envelope = Envelope.model_validate(grown)
    EVENTS[name].data.model_validate(envelope.data)


@pytest.mark.parametrize("name", KINDS)
def test_no_event_has_a_field_for_mail_or_phone(name: str) -> None:
    assert not {"email", "phone"} & set(EVENTS[name].data.model_fields)


@pytest.mark.parametrize("name", KINDS)
def test_names_are_service_fact_and_version(name: str) -> None:
    source, fact, version = name.split(".")
    assert source in SERVICES
    assert fact == EVENTS[name].name
    assert version == f"v{EVENTS[name].version}"
