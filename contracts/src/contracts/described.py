"""The catalogue of events in words, from which the pages about it are made."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from contracts.events import Envelope, EventType
from contracts.schemas import data_schema, example

_FORMATS = {"date": "date", "date-time": "moment", "uuid": "UUID"}
_TYPES = {"integer": "whole number", "number": "number", "string": "text", "boolean": "yes or no"}


@dataclass(frozen=True, slots=True)
class DescribedField:
    """A field in words.

    Attributes:
        name: Its name; one inside another is written `before.date`.
        kind: What it holds: `whole number`, `date`, `list of whole number`, `text or null`.
        may_be_absent: Whether a service of an earlier release may leave it out.
        about: More of it, or nothing.
    """

    name: str
    kind: str
    may_be_absent: bool
    about: str

    @property
    def remarks(self) -> str:
        """All that there is to say of it beside what it holds."""
        absence = "May be absent." if self.may_be_absent else ""
        return " ".join(filter(None, [self.about, absence]))


def envelope_fields() -> list[DescribedField]:
    """Return the fields of the envelope, all of which are always there."""
    fields = _fields(Envelope.model_json_schema(mode="serialization"), {})
    return [replace(field, may_be_absent=False) for field in fields]


def data_fields(kind: EventType) -> list[DescribedField]:
    """Return the fields of the data of `kind`, each before those that it holds itself."""
    schema = data_schema(kind, "{model}")
    return list(_fields(schema, schema.get("$defs", {})))


def about_data(kind: EventType) -> str:
    """Return what the model of the data of `kind` says of itself, on one line."""
    return " ".join((kind.data.__doc__ or "").split())


def written_example(kind: EventType) -> str:
    """Return the golden event of `kind` as indented JSON, as it is committed."""
    return json.dumps(example(kind), indent=2, ensure_ascii=False, sort_keys=True)


def _fields(
    schema: dict[str, Any], models: dict[str, Any], within: str = ""
) -> Iterator[DescribedField]:
    required = schema.get("required", ())
    for name, said in schema.get("properties", {}).items():
        about = said.get("description", "")
        yield DescribedField(within + name, _kind(said), name not in required, about)
        if (model := models.get(said.get("$ref", ""))) is not None:
            yield from _fields(model, models, f"{within}{name}.")


def _kind(said: dict[str, Any]) -> str:
    if "anyOf" in said:
        return " or ".join(map(_kind, said["anyOf"]))
    if "enum" in said:
        return " or ".join(f"“{value}”" for value in said["enum"])
    match said.get("type", "object"):
        case "array":
            return f"list of {_kind(said.get('items', {}))}"
        case "string":
            return _FORMATS.get(said.get("format", ""), "text")
        case other:
            return _TYPES.get(str(other), str(other))
