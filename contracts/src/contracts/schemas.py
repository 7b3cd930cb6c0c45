"""The JSON Schema and the golden example of each event type, as committed for its consumers."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.events import Envelope, EventType

# Any UUIDv7 serves: the example shows the form.
_EXAMPLE_ID = UUID("0198c5d2-f3a1-7c51-9d0e-2b6f4a8c1e37")
_EXAMPLE_TIME = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)
_EXAMPLE_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def schema(kind: EventType) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the whole envelope of `kind`."""
    whole = Envelope.model_json_schema(mode="serialization")
    data = data_schema(kind, "#/$defs/{model}")
    whole["$defs"] = data.pop("$defs", {})
    whole["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    whole["$id"] = kind.schema_path
    whole["title"] = kind.wire_name
    whole["description"] = kind.meaning
    whole["properties"]["data"] = data
    whole["properties"] |= kind.fixed
    return whole


def data_schema(kind: EventType, references: str) -> dict[str, Any]:
    """Return the JSON Schema of the data of `kind`; `references` says how a `{model}` is named."""
    return kind.data.model_json_schema(mode="serialization", ref_template=references)


def example(kind: EventType) -> dict[str, Any]:
    """Return a golden event of `kind`, as it travels."""
    key = "all" if kind.subject == "leaderboard" else 17
    envelope = Envelope(
        id=_EXAMPLE_ID,
        source=f"/sakina/{kind.source}",
        type=kind.wire_name,
        subject=f"{kind.subject}/{key}",
        time=_EXAMPLE_TIME,
        dataschema=kind.schema_path,
        sequence=4,
        actor=9,
        traceparent=_EXAMPLE_TRACE,
        data=kind.example,
    )
    written: dict[str, Any] = json.loads(envelope.model_dump_json())
    return written
