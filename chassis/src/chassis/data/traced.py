"""A span for each message to the database, where spans are wanted: its text, never its values."""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from sqlalchemy import TextClause

from chassis.work import context
from telemetry.spans import Kind, Tracer

# Neither what a conflict updates nor what is locked for an update.
_CHANGED = re.compile(r"(?<!do )(?<!for )(?<!key )\b(insert|delete|update)(?: into| from)? (\w+)")
_READ = re.compile(r"\bfrom (\w+)")


def statements(
    spans: Tracer, sayings: Sequence[tuple[TextClause, Any]], before: bytes, after: bytes
) -> AbstractContextManager[Any]:
    """Return the span of a message, for the length of a block.

    Only what is said for a request or an event has one.

    Args:
        spans: Begins it.
        sayings: Statements, with their values.
        before: A word before them, as `begin`.
        after: One after them.
    """
    parent = context.current().traceparent
    if parent is None:
        return nullcontext()
    texts = [statement for statement, _ in sayings]
    words = [before.decode(), *map(_brief, texts), after.decode()]
    asked = [before.decode(), *map(_plain, texts), after.decode()]
    return spans.during(
        "; ".join(filter(None, words))[:120],
        Kind.CLIENT,
        parent,
        {"db.system.name": "postgresql", "db.query.text": ";\n".join(filter(None, asked))},
    )


@cache
def _plain(statement: TextClause) -> str:
    return " ".join(statement.text.split())


@cache
def _brief(statement: TextClause) -> str:
    """Return what a statement changes last, or else reads first: `insert member`."""
    text = _plain(statement)
    if changed := _CHANGED.findall(text):
        return " ".join(changed[-1])
    read = _READ.search(text)
    return f"select {read[1]}" if read else text[:20]
