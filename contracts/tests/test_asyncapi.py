"""The AsyncAPI document holds the whole catalogue, and messages that an event is judged by."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts import asyncapi, catalogue_page
from contracts.activity import SHOWN
from contracts.catalogue import EVENTS, SERVICES
from contracts.events import EventType

CONTRACTS = Path(__file__).parents[1]
DOCS = CONTRACTS.parent / "docs"
DOCUMENT = asyncapi.document()
BROADCAST = [kind for kind in EVENTS.values() if kind.is_broadcast]
KINDS = pytest.mark.parametrize("kind", EVENTS.values(), ids=lambda kind: kind.wire_name)


def resolved(reference: dict[str, str]) -> Any:
    found: Any = DOCUMENT
    for step in reference["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def judge(kind: EventType) -> jsonschema.Draft7Validator:
    """Judges by the message alone, as a reader of the document does."""
    message = resolved(CHANNEL_OF[kind.wire_name]["messages"][kind.wire_name])
    return jsonschema.Draft7Validator(
        {**message["payload"], "components": DOCUMENT["components"]},
        format_checker=jsonschema.FormatChecker(),
    )


CHANNEL_OF = {
    name: channel for channel in DOCUMENT["channels"].values() for name in channel["messages"]
}


def golden(kind: EventType) -> dict[str, Any]:
    file = CONTRACTS / "examples" / "events" / f"{kind.wire_name}.json"
    event: dict[str, Any] = json.loads(file.read_text())
    return event


def test_there_is_a_message_for_each_event_and_no_other() -> None:
    assert set(DOCUMENT["components"]["messages"]) == set(EVENTS) == set(CHANNEL_OF)


def test_each_of_the_broker_has_a_channel_and_an_operation_of_its_own() -> None:
    ways = {"activity", "webhook"}
    assert set(DOCUMENT["channels"]) == {kind.wire_name for kind in BROADCAST} | ways
    assert set(DOCUMENT["operations"]) == set(DOCUMENT["channels"])
    assert {kind.wire_name for kind in EVENTS.values()} - set(DOCUMENT["channels"]) == {
        "notify.webhook_tested.v1"
    }


def test_people_are_shown_what_is_for_them() -> None:
    stream, webhook = (DOCUMENT["channels"][name] for name in ("activity", "webhook"))
    assert stream["address"] == "/api/activity/stream"
    assert set(stream["messages"]) == set(SHOWN)
    assert set(webhook["messages"]) == {*SHOWN, "notify.webhook_tested.v1"}


@pytest.mark.parametrize("kind", BROADCAST, ids=lambda kind: kind.wire_name)
def test_an_event_is_found_by_its_routing_key_on_the_exchange_of_activity(kind: EventType) -> None:
    channel = DOCUMENT["channels"][kind.wire_name]
    assert channel["address"] == kind.wire_name
    assert channel["bindings"]["amqp"]["is"] == "routingKey"
    assert channel["bindings"]["amqp"]["exchange"]["name"] == "sakina.activity"
    assert channel["summary"] == kind.meaning
    operation = DOCUMENT["operations"][kind.wire_name]
    assert resolved(operation["channel"]) == channel
    assert operation["description"] == f"Published by {kind.source}."
    assert {tag["name"] for tag in operation["tags"]} <= set(SERVICES)


@KINDS
def test_the_golden_example_fits_and_is_in_the_message(kind: EventType) -> None:
    judge(kind).validate(golden(kind))
    (example,) = DOCUMENT["components"]["messages"][kind.wire_name]["examples"]
    assert example["payload"] == golden(kind)


@KINDS
def test_an_event_that_is_wrong_anywhere_does_not_fit(kind: EventType) -> None:
    event = golden(kind)
    for name in ("type", "source", "subject", "sequence", "id"):
        assert not judge(kind).is_valid(event | {name: "other"}), name
    for name in kind.data.model_fields:
        if kind.data.model_fields[name].is_required():
            data = {key: value for key, value in event["data"].items() if key != name}
            assert not judge(kind).is_valid(event | {"data": data}), name
        wrong = event["data"] | {name: {"not": "this"}}
        assert not judge(kind).is_valid(event | {"data": wrong}), name


@KINDS
def test_each_meaning_is_a_sentence_of_its_own(kind: EventType) -> None:
    assert kind.meaning.endswith(".")
    assert kind.meaning.count("\n") == 0
    assert [each.meaning for each in EVENTS.values()].count(kind.meaning) == 1


@KINDS
def test_the_page_tells_of_each_event_its_meaning_fields_and_example(kind: EventType) -> None:
    page = catalogue_page.page()
    section = page.partition(f"\n### {kind.wire_name}\n")[2].partition("\n##")[0]
    assert kind.meaning in section
    assert f"by {kind.source}." in section
    assert all(f"| `{name}` |" in section for name in kind.data.model_fields)
    assert json.loads(section.partition("```json\n")[2].partition("\n```")[0]) == golden(kind)
    assert (DOCS / "events" / f"../../contracts{kind.schema_path}").exists()


@pytest.mark.parametrize(
    ("module", "file"),
    [("contracts.asyncapi", "asyncapi.json"), ("contracts.catalogue_page", "events/catalogue.md")],
)
def test_the_committed_document_is_fresh_and_a_stale_one_is_noticed(
    module: str, file: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", module]
    check = subprocess.run([*command, "--check", str(DOCS / file)], check=False)
    assert check.returncode == 0
    stale = tmp_path / "stale"
    stale.write_bytes(
        (DOCS / file).read_bytes().replace(b"Sakina", b"Other").replace(b"khatma", b"")
    )
    told = subprocess.run([*command, "--check", str(stale)], check=False, capture_output=True)
    assert told.returncode == 1
    assert b"not up to date" in told.stdout
