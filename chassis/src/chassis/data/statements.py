"""Statements as they are sent: prepared once for each connection, then executed by name.

Planning a statement of ours costs more than carrying it out, so each connection plans it once
(docs/adr/0025). The driver puts values into the text that calls a statement by its name; the server
sees only these, never a statement made of what people wrote.
"""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

_DIALECT: Any = PGDialect_psycopg2()  # type: ignore[no-untyped-call]
_PARAMETER = re.compile(r"%\((\w+)\)s")
_CAST = re.compile(r"cast\(%\((\w+)\)s as ([a-z]+(?:\[\])?)\)")
_PREPARABLE = re.compile(r"\s*(select|insert|update|delete|with)\b", re.IGNORECASE)


def by_value(sql: str) -> TextClause:
    """Return a statement that is planned anew each time, since its plan depends on its values.

    So is one whose limit decides whether an order is read or sorted. Where a plan holds for all
    values, say `text(…)`: it is planned once.
    """
    return text(sql).execution_options(by_value=True)


@dataclass(frozen=True, slots=True)
class Written:
    """A statement as the driver wants it.

    Attributes:
        name: Under which it is prepared; None where it is not: `by_value`, or no query.
        preparation: Prepares it.
        call: Carries it out, once its values are put in; the statement itself without a name.
    """

    name: str | None
    preparation: bytes
    call: str


@cache
def written(statement: TextClause) -> Written:
    """Return `statement`, a constant of its module with `:name` parameters, in the form it is sent.

    A parameter whose type its place does not tell is written as `cast(:name as type)`.
    """
    sql = str(statement.compile(dialect=_DIALECT))
    if statement.get_execution_options().get("by_value") or not _PREPARABLE.match(sql):
        return Written(None, b"", sql)
    casts = dict(_CAST.findall(sql))
    places: dict[str, int] = {}
    numbered = _PARAMETER.sub(
        lambda found: f"${places.setdefault(found[1], len(places) + 1)}", sql
    ).replace("%%", "%")
    # A name that says what it is: on a connection that a pooler swapped, the same name is the same
    # statement, whoever prepared it.
    name = f"s{blake2b(numbered.encode(), digest_size=12).hexdigest()}"
    # A list of texts is an array of texts to the server, whatever its elements are meant to be.
    values = ", ".join(
        f"cast(%({key})s as {casts[key]})" if key in casts else f"%({key})s" for key in places
    )
    call = f"execute {name} ({values})" if values else f"execute {name}"
    return Written(name, f"prepare {name} as {numbered}".encode(), call)
