"""The catalogue of events as a page of Markdown: docs/events/catalogue.md.

`python -m contracts.catalogue_page` prints it; with `--check FILE` compares it.
"""

import sys
from collections.abc import Iterable, Iterator

from contracts.catalogue import EVENTS, SERVICES
from contracts.described import (
    DescribedField,
    about_data,
    data_fields,
    envelope_fields,
    written_example,
)
from contracts.events import EventType
from contracts.printed import printed

_HEAD = """# The catalogue of events

Made from `contracts` by `make docs`. A running system serves the same at `/docs/events`, and as
AsyncAPI 3 at `/asyncapi.json` ([committed](../asyncapi.json)). How they travel, and how long what
is kept: [Events](README.md).
"""


def page() -> str:
    """Return the whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _overview()
    yield "\n## The envelope\n"
    yield from _table(envelope_fields())
    for service in SERVICES:
        yield f"\n## What {service} announces\n"
        yield f"On the exchange `{service}.events`, and from there on `sakina.activity`."
        for kind in _announced_by(service):
            yield from _section(kind)


def _announced_by(service: str) -> list[EventType]:
    return [kind for kind in EVENTS.values() if kind.source == service]


def _overview() -> Iterator[str]:
    yield "| type | subject | data | what happened |"
    yield "|---|---|---|---|"
    for kind in EVENTS.values():
        names = ", ".join(kind.data.model_fields) or "–"
        yield f"| `{kind.wire_name}` | {kind.subject} | {names} | {kind.meaning} |"


def _section(kind: EventType) -> Iterator[str]:
    yield f"\n### {kind.wire_name}\n"
    way = "published" if kind.is_broadcast else "sent, and not by the broker,"
    yield f"{kind.meaning} About a {kind.subject}; {way} by {kind.source}."
    yield f"Schema: [`{kind.schema_path}`](../../contracts{kind.schema_path}).\n"
    yield f"{about_data(kind)}\n"
    if kind.others:
        yield (
            f"Where `{kind.others}` is empty it concerns nobody else: then it is on"
            " `sakina.activity` alone, and no service is told of it.\n"
        )
    if fields := data_fields(kind):
        yield from _table(fields)
        yield ""
    yield f"```json\n{written_example(kind)}\n```"


def _table(fields: Iterable[DescribedField]) -> Iterator[str]:
    yield "| field | what it holds | |"
    yield "|---|---|---|"
    for field in fields:
        yield f"| `{field.name}` | {field.kind} | {field.remarks} |"


if __name__ == "__main__":
    sys.exit(printed(page().encode(), "contracts.catalogue_page", sys.argv[1:]))
